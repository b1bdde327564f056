/**
 * A locality-sensitive index in typed arrays: sets that share a whole band of their signatures are candidates.
 * Memory a kept set: 4 bytes a shingle + 8 bytes and a share of the table (≤ 16 bytes) a band.
 */
import { jaccard, mix32 } from './minhash.ts';

export interface Match {
  /** Number of the kept set, in the order of keeping. */
  readonly index: number;
  readonly similarity: number;
}

export class LshIndex {
  private readonly bands: number;
  private readonly rows: number;
  /** Slot → the newest entry + 1, or 0. */
  private heads = new Int32Array(1 << 12);
  /** Entry (set × bands + band) → hash of its band, and the entry + 1 before it in the same slot. */
  private hashes = new Int32Array(1 << 11);
  private next = new Int32Array(1 << 11);
  private entries = 0;
  /** All kept shingles; set i is shingles[starts[i] … starts[i + 1]). */
  private shingles = new Int32Array(1 << 12);
  private starts = new Float64Array(1 << 8);
  private count = 0;
  /** When a set was last compared, so that sharing several bands costs one comparison. */
  private compared = new Int32Array(1 << 8);
  private queries = 0;
  private readonly bandHashes: Int32Array;
  /** Comparisons made so far. */
  comparisons = 0;

  constructor(bands: number, rows: number) {
    this.bands = bands;
    this.rows = rows;
    this.bandHashes = new Int32Array(bands);
  }

  /** The first kept set at least `threshold` similar, of equally early candidates; undefined where there is none. */
  find(set: Int32Array, signature: Int32Array, threshold: number): Match | undefined {
    this.hashBands(signature);
    const query = ++this.queries;
    let best: Match | undefined;
    for (let band = 0; band < this.bands; band++) {
      const hash = this.bandHashes[band]!;
      for (let entry = this.heads[hash & (this.heads.length - 1)]! - 1; entry >= 0; entry = this.next[entry]! - 1) {
        if (this.hashes[entry] !== hash) continue;
        const index = Math.floor(entry / this.bands);
        if (this.compared[index] === query) continue;
        this.compared[index] = query;
        if (best && index > best.index) continue;
        this.comparisons++;
        const similarity = jaccard(set, this.set(index), threshold);
        if (similarity >= threshold) best = { index, similarity };
      }
    }
    return best;
  }

  /** Keeps a set; its number is how many were kept before. */
  add(set: Int32Array, signature: Int32Array): void {
    this.hashBands(signature);
    const start = this.starts[this.count]!;
    this.shingles = grown(this.shingles, start + set.length);
    this.shingles.set(set, start);
    this.starts = grown(this.starts, this.count + 2);
    this.compared = grown(this.compared, this.count + 1);
    this.starts[++this.count] = start + set.length;
    this.hashes = grown(this.hashes, this.entries + this.bands);
    this.next = grown(this.next, this.entries + this.bands);
    for (let band = 0; band < this.bands; band++) this.hashes[this.entries + band] = this.bandHashes[band]!;
    const first = this.entries;
    this.entries += this.bands;
    if (this.entries > this.heads.length) this.rebuild();
    else for (let entry = first; entry < this.entries; entry++) this.link(entry);
  }

  private set(index: number): Int32Array {
    return this.shingles.subarray(this.starts[index]!, this.starts[index + 1]!);
  }

  private hashBands(signature: Int32Array): void {
    for (let band = 0; band < this.bands; band++) {
      let hash = band + 1;
      for (let row = band * this.rows; row < (band + 1) * this.rows; row++)
        hash = Math.imul(hash ^ mix32(signature[row]!), 0x01000193) ^ (hash >>> 15);
      this.bandHashes[band] = mix32(hash);
    }
  }

  private link(entry: number): void {
    const slot = this.hashes[entry]! & (this.heads.length - 1);
    this.next[entry] = this.heads[slot]!;
    this.heads[slot] = entry + 1;
  }

  private rebuild(): void {
    let slots = this.heads.length;
    while (slots < this.entries) slots *= 2;
    this.heads = new Int32Array(slots);
    for (let entry = 0; entry < this.entries; entry++) this.link(entry);
  }
}

/** The array itself, or a copy of at least twice its length where `length` does not fit. */
function grown<Numbers extends Int32Array | Float64Array>(array: Numbers, length: number): Numbers {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => Numbers)(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
