/** What the trainers of text vocabularies (not of bytes) share: counting a corpus and reading the counts as strings. */
import { AthanorError } from '../../core/index.ts';
import { emptyCorpus, WordCounter } from '../bpe/word-counter.ts';
import { bytesToToken } from '../byte-level.ts';
import type { CuttingPlan } from './corpus-cutter.ts';
import type { WordTable } from './corpus-words.ts';

/** A corpus, read once; or its word counts, where they were collected elsewhere. */
export type Corpus = Iterable<string> | WordCounter;

/**
 * @param plan how texts are cut; counts that are given have one of their own
 * @param ends gets the words that end a text; nothing where counts are given
 * @throws AthanorError('bad-input') for an empty corpus
 */
export function countCorpus(texts: Corpus, plan: CuttingPlan, ends?: WordTable): WordCounter {
  const counter = texts instanceof WordCounter ? texts : new WordCounter(plan);
  if (!(texts instanceof WordCounter)) {
    if (ends) countWithEnds(texts, counter, ends);
    else for (const text of texts) counter.add(text);
  }
  if (counter.size === 0) throw emptyCorpus();
  return counter;
}

function countWithEnds(texts: Iterable<string>, { words, cutter }: WordCounter, ends: WordTable): void {
  let last = new Uint8Array(256);
  let length = 0;
  for (const text of texts) {
    length = 0;
    cutter.cutText(text, (bytes, start, end) => {
      words.add(bytes, start, end);
      // A copy, as the bytes are valid during the call only.
      length = end - start;
      if (length > last.length) last = new Uint8Array(length * 2);
      for (let i = 0; i < length; i++) last[i] = bytes[start + i]!;
    });
    if (length > 0) ends.add(last, 0, length);
  }
}

/** A word, how often it occurs, and how often at the end of a text (undefined: not known). */
export type WordCount = readonly [word: string, count: number, ends?: number];

/**
 * The words with their counts, ordered by code points: the same in whatever order and parts they were counted. May be
 * read more than once; the strings are made while reading.
 * @param ends those that end a text
 */
export function wordCounts({ words, cutter }: WordCounter, ends?: WordTable): Iterable<WordCount> {
  const order = words.order();
  const endOrder = ends?.order() ?? [];
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // Words of a byte-level pre-tokenizer are bytes; its tokens are spelled in the byte alphabet.
  const spell = (bytes: Uint8Array) => (cutter.byteLevel ? bytesToToken(bytes) : decoder.decode(bytes));
  return {
    *[Symbol.iterator]() {
      let end = 0; // the ends are some of the words, in the same order
      for (const word of order) {
        const bytes = words.bytes(word);
        const isEnd = end < endOrder.length && areEqual(bytes, ends!.bytes(endOrder[end]!));
        yield [spell(bytes), words.counts[word]!, ends && (isEnd ? ends.counts[endOrder[end++]!] : 0)];
      }
    },
  };
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @throws AthanorError('bad-input') unless `value` is a whole number from `least` to `most` */
export function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw outside(name, value, `a whole number from ${least} to ${most}`);
}

/** @throws AthanorError('bad-input') unless `value` is from `least` to `most` */
export function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw outside(name, value, `from ${least} to ${most}`);
}

function outside(name: string, value: number, expected: string): AthanorError {
  return new AthanorError('bad-input', `${name} ${value}: expected ${expected}`, { place: name, values: { value } });
}

/** The largest vocabulary that a trainer takes. */
export const largestVocab = 1 << 21;
