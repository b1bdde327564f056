/**
 * Words of any language, for statistics and comparison: runs of letters, marks and digits; each Han, hiragana or
 * katakana character is a word of its own, as these scripts have no spaces. No dictionary, linear time.
 */
import { classOf, codePointAt, digit, format, ideograph, letter, mark } from './characters.ts';

/** Called with the first unit of a word and the unit behind its last. */
export type EachWord = (start: number, end: number) => void;

/** Calls `each` for every word, in order. Allocates nothing. */
export function eachWord(text: string, each: EachWord): void {
  const length = text.length;
  let start = -1;
  for (let at = 0; at < length; ) {
    const codePoint = codePointAt(text, at);
    const next = codePoint > 0xffff ? at + 2 : at + 1;
    const kind = classOf(codePoint);
    if (kind === letter || kind === digit || kind === mark) {
      if (start < 0) start = at;
    } else if (kind === ideograph) {
      if (start >= 0) each(start, at);
      start = -1;
      each(at, next);
    } else if (start >= 0 && kind !== format) {
      // Joiners and soft hyphens stand inside words.
      each(start, at);
      start = -1;
    }
    at = next;
  }
  if (start >= 0) each(start, length);
}

/** The words of a text. `Don't` is two words, `3.5` too, `静夜思` three. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  eachWord(text, (start, end) => {
    words.push(text.slice(start, end));
  });
  return words;
}

export function countWords(text: string): number {
  let count = 0;
  eachWord(text, () => {
    count++;
  });
  return count;
}
