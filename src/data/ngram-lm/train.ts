/**
 * Interpolated modified Kneser–Ney smoothing (Chen & Goodman 1998, §4.1.6), as KenLM's `lmplz` defines it (Heafield et
 * al. 2013, §3): adjusted counts below the highest order, three discounts an order from the counts of counts, unigrams
 * interpolated with the uniform distribution over all words, `</s>` and `<unk>`. N-grams seen no more often than the
 * order's threshold are pruned, and their probability goes to the back-off. One thread, in memory: 112 bytes an n-gram and
 * about 150 a word, never more than was granted (2 GiB, unless told otherwise).
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { GrowthEstimate } from './growth.ts';
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

export interface Smoothed {
  /** By node; probabilities, not logarithms. */
  readonly probability: Float64Array;
  readonly backoff: Float64Array;
  /** 1 for n-grams that stay. */
  readonly kept: Uint8Array;
  /** Of a word that was never seen. */
  readonly unseen: number;
}

/** D₁, D₂, D₃₊ of an order from t[c], how many of its n-grams have the count c. */
function discountsOf(t: readonly number[]): [number, number, number, number] {
  const [, t1 = 0, t2 = 0, t3 = 0, t4 = 0] = t;
  const y = t1 / (t1 + 2 * t2);
  const discounts = [1 - (2 * y * t2) / t1, 2 - (3 * y * t3) / t2, 3 - (4 * y * t4) / t3];
  // Small or odd texts give no usable ones; these are lmplz's defaults of --discount_fallback.
  const usable = discounts.every((d, i) => Number.isFinite(d) && d >= 0 && d <= i + 1);
  const [d1, d2, d3] = usable ? discounts : [0.5, 1, 1.5];
  return [0, d1!, d2!, d3!];
}

function smooth(trie: CountTrie, order: number, thresholds: readonly number[], vocabularySize: number): Smoothed {
  const { count, parent, word, suffix, order: orders, raw, adjusted } = trie;
  const isSymbolOnly = (node: number) => orders[node] === 1 && word[node] === BOS;
  const countsOfCounts = Array.from({ length: order + 1 }, () => [0, 0, 0, 0, 0]);
  for (let node = 1; node < count; node++)
    if (adjusted[node]! <= 4 && !isSymbolOnly(node)) countsOfCounts[orders[node]!]![adjusted[node]!]!++;
  const discounts = countsOfCounts.map(discountsOf);

  const kept = new Uint8Array(count);
  const total = new Float64Array(count);
  const leftOver = new Float64Array(count);
  for (let node = 1; node < count; node++) {
    if (isSymbolOnly(node)) {
      kept[node] = 1;
      continue;
    }
    const n = adjusted[node]!;
    total[parent[node]!]! += n;
    kept[node] = raw[node]! > thresholds[orders[node]! - 1]! ? 1 : 0;
    leftOver[parent[node]!]! += kept[node] === 1 ? discounts[orders[node]!]![Math.min(n, 3)]! : n;
  }
  const backoff = new Float64Array(count);
  for (let node = 0; node < count; node++) backoff[node] = total[node] === 0 ? 1 : leftOver[node]! / total[node]!;

  // <s> is no outcome: it is not among the words that the uniform distribution covers.
  const unseen = backoff[0]! / (vocabularySize - 1);
  const probability = new Float64Array(count);
  // A parent and a suffix have smaller numbers, so their values are there already.
  for (let node = 1; node < count; node++) {
    if (isSymbolOnly(node)) {
      probability[node] = 1;
      continue;
    }
    const above = parent[node]!;
    const lower = orders[node] === 1 ? unseen : backoff[above]! * probability[suffix[node]!]!;
    const discount = kept[node] === 1 ? discounts[orders[node]!]![Math.min(adjusted[node]!, 3)]! : adjusted[node]!;
    probability[node] = (adjusted[node]! - discount) / total[above]! + lower;
  }
  return { probability, backoff, kept, unseen };
}
