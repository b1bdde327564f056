/**
 * Signatures of sets for locality-sensitive hashing, and the choice of bands.
 * Fast Similarity Sketching (Dahlgaard, Knudsen & Thorup 2017, "Fast Similarity Sketching", algorithm 1): O(n + k log k)
 * for n elements and k values instead of MinHash's O(n·k) (Broder 1997), with the same guarantee: a value of two sets is
 * equal with the probability of their Jaccard similarity. Round r throws every element into one of k bins, each bin keeps
 * its least element; what a round filled stays; from round k on, round k + i fills bin i.
 */
import { mix32, WordHasher } from '../../text/hash.ts';
import type { Shingler } from './shingles.ts';

const empty = 0x7fffffff;
const golden = 0x9e3779b9;
const remembered = 1 << 13;

export class Sketcher {
  /** Of the last text; all 0 for an empty set. */
  readonly values: Int32Array;
  /** 128 bits of the last text's n-grams in their order: equal for texts that are equal when folded. */
  readonly print = new Uint32Array(4);
  readonly #hasher = new WordHasher();
  readonly #size: number;
  readonly #shingle: Shingler;
  readonly #filled: Uint8Array;
  readonly #first = new Int32Array(remembered);

  /** @param size values, at most 65,536 */
  constructor(size: number, shingle: Shingler) {
    this.#size = size;
    this.#shingle = shingle;
    this.values = new Int32Array(size);
    this.#filled = new Uint8Array(size);
  }

  /** Sets `values` and `print`. */
  sketch(text: string): void {
    const { values } = this;
    const size = this.#size;
    const first = this.#first;
    values.fill(empty);
    let total = 0;
    this.#hasher.reset();
    this.#shingle(text, (hashes, count) => {
      this.#hasher.add(hashes, count);
      for (let i = 0; i < count; i++) {
        const hash = hashes[i]!;
        const bin = Math.imul(hash >>> 16, size) >>> 16;
        if (hash < values[bin]!) values[bin] = hash;
      }
      if (total < remembered) first.set(hashes.subarray(0, Math.min(count, remembered - total)), total);
      total += count;
    });
    this.#hasher.digest(this.print);
    if (total === 0) values.fill(0);
    else if (values.includes(empty)) this.#fill(total <= remembered ? first.slice(0, total) : this.#distinct(text));
  }

  /** Round 0 left bins empty: the set is small. */
  #fill(hashes: Int32Array): void {
    const { values } = this;
    const size = this.#size;
    const filled = this.#filled;
    const elements = hashes.length > 4 * size ? new Int32Array(new Set(hashes)) : hashes;
    for (let round = 1; round < 2 * size; round++) {
      let left = 0;
      for (let bin = 0; bin < size; bin++) {
        filled[bin] = values[bin] === empty ? 0 : 1;
        left += 1 - filled[bin]!;
      }
      if (left === 0) return;
      const salt = Math.imul(round, golden);
      for (let i = 0; i < elements.length; i++) {
        const hash = mix32(elements[i]! + salt);
        const bin = round < size ? Math.imul(hash >>> 16, size) >>> 16 : round - size;
        if (filled[bin] === 0 && hash < values[bin]!) values[bin] = hash;
      }
    }
  }

  /** Of a long text of which few n-grams differ. */
  #distinct(text: string): Int32Array {
    const found = new Set<number>();
    this.#shingle(text, (hashes, count) => {
      for (let i = 0; i < count; i++) found.add(hashes[i]!);
    });
    return new Int32Array(found);
  }
}

/**
 * The most selective bands and rows that still compare a pair of similarity `threshold` with probability `recall`:
 * 1 - (1 - threshold^rows)^bands (Leskovec et al., "Mining of Massive Datasets", §3.4.2). More similar pairs are compared
 * more surely; less similar ones cost a comparison and nothing else, because candidates are verified. (datasketch balances
 * both errors instead, since it does not verify.)
 */
export function chooseBands(threshold: number, permutations: number, recall: number): { bands: number; rows: number } {
  let best = { bands: permutations, rows: 1 };
  for (let rows = 1; rows <= permutations; rows++) {
    const bands = Math.floor(permutations / rows);
    if (1 - (1 - threshold ** rows) ** bands >= recall) best = { bands, rows };
  }
  return best;
}

/** How signatures are stored: their low bytes, as many as keep a band apart from chance (48 bits or more). */
export class PackedSignature {
  readonly bands: number;
  readonly rows: number;
  /** Of one value. */
  readonly valueBytes: number;
  readonly bytes: number;

  constructor(bands: number, rows: number) {
    this.bands = bands;
    this.rows = rows;
    this.valueBytes = rows >= 6 ? 1 : rows >= 3 ? 2 : 4;
    this.bytes = bands * rows * this.valueBytes;
  }

  /** Writes the signature to `bytes[at …]`. */
  pack(values: Int32Array, bytes: Uint8Array, at: number): void {
    const wide = this.valueBytes;
    for (let i = 0; i < this.bands * this.rows; i++) {
      const value = mix32(values[i]!);
      for (let k = 0; k < wide; k++) bytes[at + i * wide + k] = value >>> (8 * k);
    }
  }

  /** Two words of `out` a band: equal where the whole bands are, different otherwise (up to a chance of 2^-48). */
  bandKeys(bytes: Uint8Array, at: number, out: Uint32Array): void {
    const width = this.rows * this.valueBytes;
    for (let band = 0; band < this.bands; band++) {
      let high = band + 1;
      let low = Math.imul(band + 1, golden);
      const start = at + band * width;
      for (let i = start; i < start + width; i++) {
        high = Math.imul(high ^ bytes[i]!, 0x01000193);
        low = Math.imul(low + bytes[i]!, 0x2c1b3c6d) ^ (low >>> 15);
      }
      out[2 * band] = mix32(high ^ (low >>> 7));
      out[2 * band + 1] = mix32(low);
    }
  }

  /** Values that are equal in two signatures. */
  matches(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
    const wide = this.valueBytes;
    let count = 0;
    if (wide === 1) {
      for (let i = 0; i < this.bytes; i++) if (a[atA + i] === b[atB + i]) count++;
      return count;
    }
    for (let i = 0; i < this.bytes; i += wide) {
      let equal = true;
      for (let k = 0; k < wide && equal; k++) equal = a[atA + i + k] === b[atB + i + k];
      if (equal) count++;
    }
    return count;
  }
}

/** The most matches of `size` that fewer than `chance` of the pairs of this similarity stay below. */
export function leastMatches(size: number, similarity: number, chance = 1e-6): number {
  // The binomial distribution's lower tail, in logarithms.
  if (similarity >= 1) return size;
  let tail = 0;
  let logChoose = 0;
  for (let n = 0; n <= size; n++) {
    tail += Math.exp(logChoose + n * Math.log(similarity) + (size - n) * Math.log1p(-similarity));
    if (tail > chance) return n;
    logChoose += Math.log(size - n) - Math.log(n + 1);
  }
  return size;
}
