/**
 * Shingles, MinHash signatures and the choice of bands: pure functions over typed arrays.
 * Broder 1997 (resemblance), Bohman et al. 2000 (linear permutations), Leskovec et al., "Mining of Massive Datasets", ch. 3.
 */
import { Rng } from '../../../core/index.ts';

/** The finaliser of MurmurHash3 (Appleby, public domain): every input bit reaches every output bit. */
export function mix32(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A Han character is a word of its own, so that word n-grams work for Chinese too. */
const WORD = /\p{Script=Han}|[\p{L}\p{N}\p{M}]+/gu;

/**
 * The set of a text's n-grams as 32-bit hashes, sorted (signed) and without repeats. A text shorter than n is one shingle;
 * an empty text has none.
 */
export function shingles(text: string, unit: 'character' | 'word', ngram: number): Int32Array {
  const units = unit === 'character' ? codePoints(text) : wordHashes(text);
  if (units.length === 0) return new Int32Array(0);
  const width = Math.min(ngram, units.length);
  const hashes = new Int32Array(units.length - width + 1);
  for (let start = 0; start < hashes.length; start++) {
    let hash = width;
    for (let i = start; i < start + width; i++) hash = Math.imul(hash, 0x01000193) ^ mix32(units[i]! + i - start);
    hashes[start] = mix32(hash);
  }
  hashes.sort();
  let distinct = 1;
  for (let i = 1; i < hashes.length; i++) if (hashes[i] !== hashes[i - 1]) hashes[distinct++] = hashes[i]!;
  return hashes.subarray(0, distinct);
}

function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    points[count++] = point;
    if (point > 0xffff) i++;
  }
  return points.subarray(0, count);
}

function wordHashes(text: string): Int32Array {
  const words = text.match(WORD) ?? [];
  return Int32Array.from(words, (word) => {
    let hash = word.length;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    return mix32(hash);
  });
}

/** MinHash with `count` linear permutations x → a·x + b mod 2^32 (a odd); the same for every run. */
export function minHasher(count: number): (shingles: Int32Array, signature: Int32Array) => void {
  const rng = new Rng(0x6d696e68);
  const multipliers = Int32Array.from({ length: count }, () => rng.uint32() | 1);
  const offsets = Int32Array.from({ length: count }, () => rng.uint32());
  return (set, signature) => {
    for (let k = 0; k < count; k++) {
      const a = multipliers[k]!;
      const b = offsets[k]!;
      let least = 0x7fffffff;
      for (let i = 0; i < set.length; i++) {
        const value = (Math.imul(a, set[i]!) + b) | 0;
        if (value < least) least = value;
      }
      signature[k] = least;
    }
  };
}

/** Exact Jaccard similarity of two sorted sets inside one array; stops as soon as `threshold` is out of reach. */
export function jaccard(a: Int32Array, b: Int32Array, threshold = 0): number {
  if (a.length === 0 && b.length === 0) return 1;
  // |a∩b| / |a∪b| ≥ t  ⇔  |a∩b| ≥ t/(1+t) · (|a|+|b|); each mismatch on a side lowers what can still be common.
  const needed = (threshold / (1 + threshold)) * (a.length + b.length) - 1e-9;
  if (Math.min(a.length, b.length) < needed) return 0;
  let common = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    if (left === right) [common, i, j] = [common + 1, i + 1, j + 1];
    else if (left < right) i++;
    else j++;
    if (common + Math.min(a.length - i, b.length - j) < needed) return 0;
  }
  return common / (a.length + b.length - common);
}

/**
 * The most selective bands and rows that still compare a pair of similarity `threshold` with probability `recall`:
 * 1 - (1 - threshold^rows)^bands (Leskovec et al., §3.4.2). More similar pairs are compared more surely; less similar
 * ones cost a comparison and nothing else, because candidates are verified. (datasketch balances both errors instead,
 * since it does not verify.)
 */
export function chooseBands(threshold: number, permutations: number, recall: number): { bands: number; rows: number } {
  let best = { bands: permutations, rows: 1 };
  for (let rows = 1; rows <= permutations; rows++) {
    const bands = Math.floor(permutations / rows);
    if (1 - (1 - threshold ** rows) ** bands >= recall) best = { bands, rows };
  }
  return best;
}
