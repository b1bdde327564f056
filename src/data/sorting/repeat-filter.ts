/**
 * Which hashes may occur twice: two bits of memory for each slot of a table, told apart by the hash's own bits. In a first
 * pass all hashes are seen, in a second those whose slot was hit once are certainly single and need no sorting. A slot hit
 * by two different hashes lets both through: sorting finds out, so the memory changes the work and never the result.
 */

export class RepeatFilter {
  readonly #once: Uint32Array;
  readonly #twice: Uint32Array;
  readonly #mask: number;

  /** @param expected hashes, about */
  constructor(expected: number, memoryBytes: number) {
    // At 16 slots a hash one single in sixteen passes.
    const wanted = Math.max(1024, expected * 16);
    let slots = 1024;
    while (slots < wanted && slots * 2 <= memoryBytes * 4 && slots < 2 ** 31) slots *= 2;
    this.#once = new Uint32Array(slots / 32);
    this.#twice = new Uint32Array(slots / 32);
    this.#mask = slots - 1;
  }

  /** @param hash any 32 well-mixed bits */
  see(hash: number): void {
    const slot = hash & this.#mask;
    const bit = 1 << (slot & 31);
    const word = slot >>> 5;
    const before = this.#once[word]!;
    if (before & bit) this.#twice[word]! |= bit;
    else this.#once[word] = before | bit;
  }

  mayRepeat(hash: number): boolean {
    const slot = hash & this.#mask;
    return (this.#twice[slot >>> 5]! & (1 << (slot & 31))) !== 0;
  }
}
