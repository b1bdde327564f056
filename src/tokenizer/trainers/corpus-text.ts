/** What the trainers of text vocabularies (not of bytes) share: counting a corpus and reading the counts as strings. */
import { AthanorError } from '../../core/index.ts';
import { emptyCorpus, WordCounter } from '../bpe/word-counter.ts';
import { bytesToToken } from '../byte-level.ts';
import type { CuttingPlan } from './corpus-cutter.ts';

/** A corpus, read once; or its word counts, where they were collected elsewhere. */
export type Corpus = Iterable<string> | WordCounter;

/**
 * @param plan how texts are cut; counts that are given have one of their own
 * @throws AthanorError('bad-input') for an empty corpus
 */
export function countCorpus(texts: Corpus, plan: CuttingPlan): WordCounter {
  const counter = texts instanceof WordCounter ? texts : new WordCounter(plan);
  if (!(texts instanceof WordCounter)) for (const text of texts) counter.add(text);
  if (counter.size === 0) throw emptyCorpus();
  return counter;
}

/**
 * The words with their counts, ordered by code points: the same in whatever order and parts they were counted. May be
 * read more than once; the strings are made while reading.
 */
export function wordCounts({ words, cutter }: WordCounter): Iterable<readonly [string, number]> {
  const order = words.order();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // Words of a byte-level pre-tokenizer are bytes; its tokens are spelled in the byte alphabet.
  const spell = (bytes: Uint8Array) => (cutter.byteLevel ? bytesToToken(bytes) : decoder.decode(bytes));
  return {
    *[Symbol.iterator]() {
      for (const word of order) yield [spell(words.bytes(word)), words.counts[word]!];
    },
  };
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
