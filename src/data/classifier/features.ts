/**
 * The features of the linear classifier: hashed n-grams of words and of the characters inside words.
 * Origin: fastText (Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", §2; character n-grams with
 * word boundaries after Bojanowski et al. 2017). New here: a Han, hiragana or katakana character is a word, so that
 * Chinese needs no segmentation; n-grams of such characters may be longer than those of words. Linear in the text.
 */
import { z } from 'zod';
import {
  classOf,
  codePointAt,
  digit,
  format,
  ideograph,
  letter,
  mark,
  punctuation,
  symbol,
} from '../text/characters.ts';

export const featureSettings = z.strictObject({
  lowercase: z.boolean().default(true).describe('Read the text in small letters'),
  words: z.int().min(0).max(5).default(2).describe('Longest n-gram of words; 0: words are no features'),
  han: z.int().min(0).max(6).default(3).describe('Longest n-gram of adjacent Han or kana characters'),
  characters: z
    .tuple([z.int().min(1).max(8), z.int().min(1).max(8)])
    .nullable()
    .default([3, 5])
    .describe('Shortest and longest n-gram of characters inside a word, its boundaries included; null: none'),
  repeats: z
    .boolean()
    .default(false)
    .describe('A feature counts as often as it stands in the text, as in fastText; false: once, however often'),
  punctuation: z.boolean().default(false).describe('Punctuation marks and symbols (emoji too) are words'),
  buckets: z
    .int()
    .min(16)
    .max(2 ** 24)
    .refine((n) => (n & (n - 1)) === 0, 'expected a power of two')
    .default(2 ** 18)
    .describe('Different features at most: n-grams are hashed to this many numbers; a power of two'),
  max_characters: z.int().min(1).default(20_000).describe('Only this much of a text is read, in UTF-16 units'),
});

export type FeatureSettings = z.output<typeof featureSettings>;

export interface FeatureExtractor {
  /** The feature numbers of a text. Valid until the next call. */
  extract(text: string): Uint32Array;
}

const WORD = 0x811c9dc5;
const PART = 0x1b873593;
const EDGE = 0x5bd1e995;
const LEFT = 0x3c; // <
const RIGHT = 0x3e; // >
const DIGIT = 0x30;

export function featureExtractor(settings: FeatureSettings): FeatureExtractor {
  const { words, han, characters, lowercase, max_characters: limit } = settings;
  const shift = 32 - Math.log2(settings.buckets);
  const longest = Math.max(words, han);
  const [shortPart, longPart] = characters ?? [0, 0];
  let out = new Uint32Array(1024);
  let count = 0;
  /** Hashes of the last words, newest last, and how many of them at the end are ideographs. */
  const recent = new Int32Array(8);
  let known = 0;
  let adjacent = 0;

  /** For each feature the last text that has it, where repeats do not count. */
  const seenIn = new Uint32Array(settings.repeats ? 0 : settings.buckets);
  let textNumber = 0;

  const emit = (hash: number) => {
    const id = spread(hash) >>> shift;
    if (!settings.repeats) {
      if (seenIn[id] === textNumber) return;
      seenIn[id] = textNumber;
    }
    if (count === out.length) {
      const larger = new Uint32Array(out.length * 2);
      larger.set(out);
      out = larger;
    }
    out[count++] = id;
  };

  const endWord = (hash: number, isIdeograph: boolean, shortest = 1) => {
    for (let i = 0; i < 7; i++) recent[i] = recent[i + 1]!;
    recent[7] = hash;
    known = Math.min(known + 1, 8);
    adjacent = isIdeograph ? adjacent + 1 : 0;
    let joined = 0;
    for (let n = 1; n <= longest && n <= known; n++) {
      joined = Math.imul(joined, 0x6eb0b99) + recent[8 - n]!;
      if (n >= shortest && (n <= words || (n <= han && n <= adjacent))) emit(joined + n);
    }
  };

  return {
    extract(whole) {
      count = 0;
      textNumber = (textNumber + 1) >>> 0;
      if (textNumber === 0) {
        seenIn.fill(0);
        textNumber = 1;
      }
      // The text's begin and end are words of n-grams, though no features themselves.
      recent[7] = EDGE;
      known = 1;
      adjacent = 0;
      const cut = whole.length > limit ? whole.slice(0, limit) : whole;
      const text = lowercase ? cut.toLowerCase() : cut;
      let start = -1;
      let hash = WORD;
      const close = (end: number) => {
        if (start < 0) return;
        endWord(hash, false);
        if (longPart > 0) parts(text, start, end, shortPart, longPart, emit);
        start = -1;
      };
      for (let at = 0; at < text.length; ) {
        const codePoint = codePointAt(text, at);
        const next = codePoint > 0xffff ? at + 2 : at + 1;
        const kind = classOf(codePoint);
        if (kind === letter || kind === mark || kind === digit) {
          if (start < 0) {
            start = at;
            hash = WORD;
          }
          hash = Math.imul(hash ^ (kind === digit ? DIGIT : codePoint), 0x01000193);
        } else if (kind !== format || start < 0) {
          close(at);
          const counts = kind === ideograph || (settings.punctuation && (kind === punctuation || kind === symbol));
          if (counts) endWord(Math.imul(WORD ^ codePoint, 0x01000193), kind === ideograph);
          else if (kind !== format) adjacent = 0;
        }
        at = next;
      }
      close(text.length);
      endWord(EDGE, false, 2);
      return out.subarray(0, count);
    },
  };
}

/** The character n-grams of the word in text[start, end), with a mark at either end. */
function parts(
  text: string,
  start: number,
  end: number,
  shortest: number,
  longest: number,
  emit: (hash: number) => void,
): void {
  for (let from = start - 1; from <= end; from++) {
    let hash = PART;
    const last = Math.min(from + longest - 1, end);
    for (let at = from; at <= last; at++) {
      hash = Math.imul(hash ^ (at < start ? LEFT : at === end ? RIGHT : plain(text.charCodeAt(at))), 0x01000193);
      hash ^= hash >>> 15;
      // A boundary alone says nothing, and the whole word with both of its boundaries is a feature already.
      const length = at - from + 1;
      if (length >= shortest && !(length === 1 && (at < start || at === end))) emit(hash);
    }
  }
}

const plain = (unit: number): number => (unit >= 0x30 && unit <= 0x39 ? DIGIT : unit);

/** The finalizer of MurmurHash3 (public domain): every bit of the hash reaches the upper ones, which are used. */
function spread(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
