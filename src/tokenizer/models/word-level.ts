/**
 * The WordLevel model of tokenizer.json: `{ type: 'WordLevel', vocab: { token: id }, unk_token }`. A piece is a token, or
 * it is unk (Hugging Face's models/wordlevel/mod.rs).
 */
import { defineModel, stringAt } from '../hf/component.ts';
import type { Model } from '../types.ts';
import { readVocab, type Vocab, vocabJson } from '../word-piece/vocab.ts';

export const wordLevel = defineModel({
  name: 'word-level',
  type: 'WordLevel',
  read(json, place) {
    const unkToken = stringAt(json, 'unk_token', place);
    return wordLevelModel(readVocab(json.vocab, `${place}.vocab`), unkToken);
  },
});

/** @param unkToken if it is not in the vocabulary, an unknown piece gives no token (an error in Hugging Face's) */
export function wordLevelModel(vocab: Vocab, unkToken: string): Model {
  const { ids: idOf, tokens } = vocab;
  const unkId = idOf.get(unkToken);
  return {
    encodePiece(piece, ids, spans) {
      const id = idOf.get(piece) ?? unkId;
      if (id === undefined) return; // encoding never fails
      ids.push(id);
      spans?.push(0, piece.length);
    },
    tokenToId: (token) => idOf.get(token),
    idToToken: (id) => tokens[id],
    idLimit: tokens.length,
    unkId,
    toJSON: () => ({ type: 'WordLevel', vocab: vocabJson(vocab), unk_token: unkToken }),
  };
}
