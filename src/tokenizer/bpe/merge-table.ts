/**
 * The merges of a BPE model as an open-addressing hash table over pairs of ids: no strings, no garbage.
 * Knows ids only.
 */

export const noMerge = 0x7fffffff;

export class MergeTable {
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #rank: Int32Array;
  readonly #result: Int32Array;

  /** @param capacity the number of pairs that will be added */
  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#mask = size - 1;
    this.#left = new Int32Array(size).fill(-1);
    this.#right = new Int32Array(size);
    this.#rank = new Int32Array(size);
    this.#result = new Int32Array(size);
  }

  /** A pair added again takes the later rank, as in Hugging Face's map. */
  set(left: number, right: number, rank: number, result: number): void {
    const slot = this.#find(left, right);
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#rank[slot] = rank;
    this.#result[slot] = result;
  }

  /** @returns slot of the pair for `rankAt` and `resultAt`, or -1 */
  slot(left: number, right: number): number {
    const slot = this.#find(left, right);
    return this.#left[slot] === -1 ? -1 : slot;
  }

  /** @returns the rank (smaller merges first), or `noMerge` */
  rank(left: number, right: number): number {
    const slot = this.#find(left, right);
    return this.#left[slot] === -1 ? noMerge : this.#rank[slot]!;
  }

  /** @returns id of the merged token; the pair must be there */
  result(left: number, right: number): number {
    return this.#result[this.#find(left, right)]!;
  }

  #find(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#left[slot] !== -1 && (this.#left[slot] !== left || this.#right[slot] !== right))
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}
