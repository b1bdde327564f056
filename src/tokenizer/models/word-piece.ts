/**
 * The WordPiece model of tokenizer.json: `{ type: 'WordPiece', unk_token, continuing_subword_prefix,
 * max_input_chars_per_word, vocab: { token: id } }`.
 */
import { countAt, defineModel, stringAt } from '../hf/component.ts';
import { wordPieceModel } from '../word-piece/model.ts';
import { readVocab } from '../word-piece/vocab.ts';

export const wordPiece = defineModel({
  name: 'word-piece',
  type: 'WordPiece',
  read(json, place) {
    return wordPieceModel({
      unkToken: stringAt(json, 'unk_token', place),
      continuingSubwordPrefix: stringAt(json, 'continuing_subword_prefix', place),
      maxInputCharsPerWord: countAt(json, 'max_input_chars_per_word', place),
      vocab: readVocab(json.vocab, `${place}.vocab`),
    });
  },
});
