/**
 * Interpolated modified Kneser–Ney smoothing (Chen & Goodman 1998, §4.1.6), as KenLM's `lmplz` defines it (Heafield et
 * al. 2013, §3): adjusted counts below the highest order, three discounts an order from the counts of counts, unigrams
 * interpolated with the uniform distribution over all words, `</s>` and `<unk>`. N-grams seen no more often than the
 * order's threshold are pruned, and their probability goes to the back-off.
 */
import { BOS } from './model.ts';
import type { CountTrie } from './trie.ts';

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

/** @param thresholds for each order, from 1, the count up to which n-grams are left out */
export function smooth(
  trie: CountTrie,
  order: number,
  thresholds: readonly number[],
  vocabularySize: number,
): Smoothed {
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
