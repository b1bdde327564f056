/** Finds the token that two tokens make together, without joining their strings: what reading merges needs most. */

const prime = 0x01000193;

export class TokenIndex {
  readonly #tokens: readonly (string | undefined)[];
  readonly #hashes: Int32Array;
  readonly #mask: number;
  readonly #slots: Int32Array;
  /** prime^n, for hash(ab) = hash(a) · prime^|b| + hash(b) */
  readonly #powers = [1];

  constructor(tokens: readonly (string | undefined)[]) {
    let size = 16;
    while (size < tokens.length * 2) size *= 2;
    this.#tokens = tokens;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size).fill(-1);
    this.#hashes = new Int32Array(tokens.length);
    for (let id = 0; id < tokens.length; id++) {
      const token = tokens[id];
      if (token === undefined) continue;
      let hash = 0;
      for (let i = 0; i < token.length; i++) hash = (Math.imul(hash, prime) + token.charCodeAt(i)) | 0;
      this.#hashes[id] = hash;
      let slot = this.#slot(hash);
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = id;
    }
  }

  /** Id of the token spelled as the two one after another, or -1. */
  joined(left: number, right: number): number {
    const a = this.#tokens[left]!;
    const b = this.#tokens[right]!;
    const hash = (Math.imul(this.#hashes[left]!, this.#power(b.length)) + this.#hashes[right]!) | 0;
    for (let slot = this.#slot(hash); ; slot = (slot + 1) & this.#mask) {
      const id = this.#slots[slot]!;
      if (id === -1) return -1;
      if (this.#hashes[id] !== hash) continue;
      const token = this.#tokens[id]!;
      if (token.length === a.length + b.length && token.startsWith(a) && token.endsWith(b)) return id;
    }
  }

  #power(n: number): number {
    while (this.#powers.length <= n) this.#powers.push(Math.imul(this.#powers[this.#powers.length - 1]!, prime));
    return this.#powers[n]!;
  }

  #slot(hash: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 13)) & this.#mask;
  }
}
