/**
 * Counts n-grams and makes a model of them (kneser-ney.ts). One thread, in memory: 112 bytes an n-gram and about 150 a
 * word, never more than was granted (2 GiB, unless told otherwise).
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { GrowthEstimate } from './growth.ts';
import { smooth } from './kneser-ney.ts';
import { levelsOf } from './layout.ts';
import { BOS, EOS, type NgramWeights, UNK } from './model.ts';
import { bytesPerNode, CountTrie } from './trie.ts';
import { linesOf, unitSettings, unitSplitter } from './units.ts';

export const ngramSettings = z.strictObject({
  ...unitSettings.shape,
  order: z.int().min(1).max(8).default(5).describe('Longest n-gram'),
  prune: z
    .array(z.int().min(0))
    .default([0, 0, 1])
    .describe('For each order the count up to which n-grams are left out; the last one holds for all longer ones'),
  min_count: z.int().min(1).default(1).describe('Rarer units are counted as unknown ones'),
});

export type NgramSettings = z.output<typeof ngramSettings>;

export interface NgramTrainOptions {
  /** What the training may take; 2 GiB by default. */
  readonly memoryBytes?: number;
  /** Length of all texts, as far as it is known: for `estimate`. */
  readonly textBytes?: number;
  /** Told early on what the whole text will probably need. */
  readonly estimate?: (needed: { readonly ngrams: number; readonly bytes: number }) => void;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (texts: number, ngrams: number) => void;
}

/** @param texts read twice where `min_count` is above 1 @throws AthanorError('bad-input') */
export async function trainNgramModel(
  texts: () => AsyncIterable<string> | Iterable<string>,
  settings: NgramSettings,
  options: NgramTrainOptions = {},
): Promise<NgramWeights> {
  const { order, prune, min_count } = settings;
  const thresholds = Array.from({ length: order }, (_, i) => prune[Math.min(i, prune.length - 1)] ?? 0);
  if (thresholds[0] !== 0 || thresholds.some((t, i) => i > 0 && t < thresholds[i - 1]!))
    throw new AthanorError('bad-input', `prune ${JSON.stringify(prune)}: thresholds must begin with 0 and never fall`, {
      place: 'prune',
      hint: 'Such as [0, 0, 1]. Rare words are left out with `min_count`.',
    });
  const split = unitSplitter(settings);
  const memoryBytes = options.memoryBytes ?? 2 * 2 ** 30;
  const common = min_count > 1 ? await commonUnits(texts(), split, min_count, memoryBytes, options.signal) : undefined;
  const trie = new CountTrie(memoryBytes);
  const growth = new GrowthEstimate(options.textBytes ?? 0);
  const vocabulary = ['<unk>', '<s>', '</s>'];
  const numbers = new Map<string, number>();
  let read = 0;
  for await (const text of texts()) {
    options.signal?.throwIfAborted();
    for (const line of linesOf(text)) {
      const words = [BOS];
      for (const unit of split(line)) {
        let number = numbers.get(unit);
        if (number === undefined) {
          number = common === undefined || common.has(unit) ? vocabulary.push(unit) - 1 : UNK;
          if (number !== UNK) {
            numbers.set(unit, number);
            trie.charge(bytesOfWord(unit));
            mustBeCountable(numbers.size);
          }
        }
        words.push(number);
      }
      words.push(EOS);
      trie.add(words, order);
    }
    const ngrams = growth.after(Buffer.byteLength(text), trie.count);
    if (ngrams !== undefined) options.estimate?.({ ngrams, bytes: ngrams * bytesPerNode });
    if (++read % 1000 === 0) options.progress?.(read, trie.count - 1);
  }
  if (trie.count === 1)
    throw new AthanorError('bad-input', 'no text to learn from', { hint: 'Check the input and --text-field.' });
  trie.close();
  // Every word has a unigram, also <unk> where none was seen.
  const smoothed = smooth(trie, order, thresholds, vocabulary.length);
  const { unit, lowercase, digits } = settings;
  return { units: { unit, lowercase, digits }, vocabulary, levels: levelsOf(trie, smoothed, order, vocabulary.length) };
}

async function commonUnits(
  texts: AsyncIterable<string> | Iterable<string>,
  split: (line: string) => string[],
  least: number,
  memoryBytes: number,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const counts = new Map<string, number>();
  let bytes = 0;
  for await (const text of texts) {
    signal?.throwIfAborted();
    for (const line of linesOf(text))
      for (const unit of split(line)) {
        const count = counts.get(unit) ?? 0;
        if (count === 0) bytes += bytesOfWord(unit);
        counts.set(unit, count + 1);
      }
    mustBeCountable(counts.size);
    if (bytes > memoryBytes)
      throw new AthanorError(
        'bad-input',
        `${counts.size} different units, more than fit into ${Math.floor(memoryBytes / 2 ** 20)} MiB`,
        { hint: 'Take less text or the unit `characters`, or grant more memory (`--memory-mb`).' },
      );
  }
  return new Set([...counts].filter(([, n]) => n >= least).map(([unit]) => unit));
}

/** A string, its place in the list and in the table of numbers. */
const bytesOfWord = (unit: string): number => 120 + 2 * unit.length;

/** A Map holds 2²⁴ keys. */
function mustBeCountable(units: number): void {
  if (units >= 2 ** 24 - 1)
    throw new AthanorError('bad-input', `more than ${units} different units`, {
      hint: 'Take less text or the unit `characters`: these are hardly words.',
    });
}
