/**
 * The WordPiece model: from left to right the longest token, those inside a word with a prefix such as `##`; a word that
 * cannot be covered is one unk. Equal to Hugging Face's models/wordpiece/mod.rs, which looks up every slice of a word;
 * here one walk in a trie finds each token, so a word costs its length times the longest token at most.
 */
import type { Model } from '../types.ts';
import { cellStride, TextTrie } from '../unigram/text-trie.ts';
import { type Vocab, vocabJson } from './vocab.ts';

export interface WordPieceOptions {
  readonly vocab: Vocab;
  /** If it is not in the vocabulary, an unknown word gives no token (an error in HF's). Default `[UNK]`. */
  readonly unkToken?: string;
  /** Before every token inside a word. Default `##`. */
  readonly continuingSubwordPrefix?: string;
  /** A word of more characters (code points) is unknown. Default 100. */
  readonly maxInputCharsPerWord?: number;
}

export function wordPieceModel(options: WordPieceOptions): Model {
  const { vocab, unkToken = '[UNK]', continuingSubwordPrefix = '##', maxInputCharsPerWord = 100 } = options;
  const { ids: idOf, tokens } = vocab;
  const unkId = idOf.get(unkToken);
  const keys = [...idOf.keys()].filter((token) => token !== '');
  const trie = new TextTrie(
    keys,
    keys.map((token) => idOf.get(token)!),
  );
  const { codes, cells } = trie;
  /** The node that tokens inside a word continue from; −1: there are none. */
  const inside = trie.walk(continuingSubwordPrefix);

  /** Appends the tokens of a word. @returns whether they cover it; if not, some may have been appended */
  function cover(word: string, ids: number[], spans: number[] | undefined): boolean {
    const length = word.length;
    for (let start = 0; start < length; ) {
      let node = start === 0 ? 0 : inside;
      if (node < 0) return false;
      let id = -1;
      let end = start;
      for (let at = start; at < length; ) {
        const code = codes[word.charCodeAt(at++)]!;
        if (code === 0) break;
        const child = cells[node * cellStride]! + code;
        if (cells[child * cellStride + 1] !== node) break;
        node = child;
        const found = cells[node * cellStride + 2]!;
        if (found < 0) continue;
        id = found;
        end = at;
      }
      if (id < 0) return false;
      ids.push(id);
      spans?.push(start, end);
      start = end;
    }
    return true;
  }

  return {
    encodePiece(piece, ids, spans) {
      const idsBefore = ids.length;
      const spansBefore = spans?.length ?? 0;
      if (!isLonger(piece, maxInputCharsPerWord) && cover(piece, ids, spans)) return;
      ids.length = idsBefore;
      if (spans) spans.length = spansBefore;
      if (unkId === undefined) return; // encoding never fails; Hugging Face's does
      ids.push(unkId);
      spans?.push(0, piece.length);
    },
    tokenToId: (token) => idOf.get(token),
    idToToken: (id) => tokens[id],
    idLimit: tokens.length,
    unkId,
    toJSON: () => ({
      type: 'WordPiece',
      unk_token: unkToken,
      continuing_subword_prefix: continuingSubwordPrefix,
      max_input_chars_per_word: maxInputCharsPerWord,
      vocab: vocabJson(vocab),
    }),
  };
}

/** Whether a text has more than `limit` code points. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let pairs = 0;
  for (let i = 0; i < text.length && text.length - pairs > limit; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) pairs++;
  }
  return text.length - pairs > limit;
}
