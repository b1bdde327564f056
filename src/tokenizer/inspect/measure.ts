/**
 * How well a tokenizer compresses a text: bytes per token, and fertility, which is tokens per word (Rust et al. 2021,
 * "How Good is Your Tokenizer?", equation in §3). Words are those of Unicode's word segmentation, so that languages
 * without spaces have words too.
 */
import type { Tokenizer } from '../types.ts';
import type { TokenInfo } from './classify.ts';

export interface TextMeasure {
  readonly tokens: number;
  /** UTF-8. */
  readonly bytes: number;
  /** Code points. */
  readonly characters: number;
  readonly words: number;
  readonly bytesPerToken: number;
  readonly charactersPerToken: number;
  /** Fertility; at least 1 for a tokenizer that never joins words. */
  readonly tokensPerWord: number;
  readonly tokensPerCharacter: number;
  /** Share of tokens that stand for text outside the vocabulary. */
  readonly unknownShare: number;
  /** Share of tokens that are single bytes or parts of characters. */
  readonly byteShare: number;
  /** Whether decoding gives the text back. */
  readonly roundTrip: boolean;
}

/**
 * @param tokens `listTokens` of the same tokenizer, for the share of bytes; without it that share is 0
 * @param used gets every id that occurs
 */
export function measureTexts(
  tokenizer: Tokenizer,
  texts: readonly string[],
  tokens?: readonly TokenInfo[],
  used?: Set<number>,
): TextMeasure {
  const bytesIds = new Set(tokens?.filter(({ kind }) => kind === 'byte' || kind === 'partial').map(({ id }) => id));
  const unknown = tokenizer.specialTokens.unk;
  const sum = { tokens: 0, bytes: 0, characters: 0, words: 0, unknown: 0, partial: 0 };
  let roundTrip = true;
  for (const text of texts) {
    const ids = tokenizer.encode(text, { addSpecialTokens: false, allowedSpecial: 'none' });
    for (const id of ids) {
      used?.add(id);
      if (id === unknown) sum.unknown++;
      else if (bytesIds.has(id)) sum.partial++;
    }
    sum.tokens += ids.length;
    sum.bytes += new TextEncoder().encode(text).length;
    sum.characters += [...text].length;
    sum.words += countWords(text);
    roundTrip &&= tokenizer.decode(ids) === text;
  }
  const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
  return {
    tokens: sum.tokens,
    bytes: sum.bytes,
    characters: sum.characters,
    words: sum.words,
    bytesPerToken: ratio(sum.bytes, sum.tokens),
    charactersPerToken: ratio(sum.characters, sum.tokens),
    tokensPerWord: ratio(sum.tokens, sum.words),
    tokensPerCharacter: ratio(sum.tokens, sum.characters),
    unknownShare: ratio(sum.unknown, sum.tokens),
    byteShare: ratio(sum.partial, sum.tokens),
    roundTrip,
  };
}

let segmenter: Intl.Segmenter | undefined;

/** Words that hold a letter or a digit (Unicode Standard Annex 29, with ICU's dictionaries where there are no spaces). */
export function countWords(text: string): number {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  let words = 0;
  // A stretch at a time: ICU's segmenter is slow on one very long text.
  for (const line of text.split(/(?<=\n)/))
    for (const { isWordLike } of segmenter.segment(line)) if (isWordLike) words++;
  return words;
}
