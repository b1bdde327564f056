/**
 * The merges of a BPE model as an open-addressing hash table over pairs of ids: no strings, no garbage, one cache line a
 * look-up. Knows ids only.
 */

export const noMerge = 0x7fffffff;

export class MergeTable {
  readonly #mask: number;
  /** Slots of four: left (-1: empty), right, rank, result. */
  readonly #slots: Int32Array;

  /** @param capacity the number of pairs that will be added */
  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size * 4).fill(-1);
  }

  /** A pair added again takes the later rank, as in Hugging Face's map. */
  set(left: number, right: number, rank: number, result: number): void {
    const slots = this.#slots;
    const at = this.#find(left, right);
    slots[at] = left;
    slots[at + 1] = right;
    slots[at + 2] = rank;
    slots[at + 3] = result;
  }

  /** @returns the rank (smaller merges first), or `noMerge` */
  rank(left: number, right: number): number {
    const at = this.#find(left, right);
    return this.#slots[at] === -1 ? noMerge : this.#slots[at + 2]!;
  }

  /** @returns id of the merged token; the pair must be there */
  result(left: number, right: number): number {
    return this.#slots[this.#find(left, right) + 3]!;
  }

  #find(left: number, right: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const at = slot << 2;
      const found = slots[at]!;
      if (found === -1 || (found === left && slots[at + 1] === right)) return at;
      slot = (slot + 1) & mask;
    }
  }
}
