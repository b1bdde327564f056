/** Pairs of ids → a dense index with an exact count: the hash table of BPE training. Knows ids only. */

export class PairTable {
  #mask = (1 << 16) - 1;
  #slots = new Int32Array(1 << 16).fill(-1);
  size = 0;
  left = new Int32Array(1 << 12);
  right = new Int32Array(1 << 12);
  /** Doubles: exact to 2⁵³, where 32-bit counts would overflow silently. */
  count = new Float64Array(1 << 12);
  /** How often places of the pair were collected: never, once, more often. For who queues. */
  queued = new Uint8Array(1 << 12);

  /** Index of the pair; new pairs get the next one and count 0. */
  index(left: number, right: number): number {
    let slot = hash(left, right) & this.#mask;
    for (let found = this.#slots[slot]!; found !== -1; found = this.#slots[slot]!) {
      if (this.left[found] === left && this.right[found] === right) return found;
      slot = (slot + 1) & this.#mask;
    }
    const index = this.size++;
    if (index === this.left.length) this.#growColumns();
    this.left[index] = left;
    this.right[index] = right;
    this.#slots[slot] = index;
    if (this.size * 2 > this.#slots.length) this.#growSlots();
    return index;
  }

  /** Index of the pair, or -1. */
  find(left: number, right: number): number {
    let slot = hash(left, right) & this.#mask;
    for (let found = this.#slots[slot]!; found !== -1; found = this.#slots[slot]!) {
      if (this.left[found] === left && this.right[found] === right) return found;
      slot = (slot + 1) & this.#mask;
    }
    return -1;
  }

  #growColumns(): void {
    const length = this.left.length * 2;
    const left = new Int32Array(length);
    const right = new Int32Array(length);
    const count = new Float64Array(length);
    const queued = new Uint8Array(length);
    left.set(this.left);
    right.set(this.right);
    count.set(this.count);
    queued.set(this.queued);
    [this.left, this.right, this.count, this.queued] = [left, right, count, queued];
  }

  #growSlots(): void {
    const length = this.#slots.length * 2;
    this.#mask = length - 1;
    this.#slots = new Int32Array(length).fill(-1);
    for (let index = 0; index < this.size; index++) {
      let slot = hash(this.left[index]!, this.right[index]!) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index;
    }
  }
}

function hash(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
