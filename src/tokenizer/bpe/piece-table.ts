/**
 * Remembers the ids of pieces by their bytes: every token's own text for good, other pieces until there are too many.
 * Open addressing in typed arrays; a look-up makes no garbage. Knows bytes and ids.
 */
import { hashBytes } from '../regex/dfa.ts';
import type { TokenBytes } from './token-bytes.ts';

/** Pieces that are remembered besides the tokens. */
const capacity = 1 << 17;

export class PieceTable {
  readonly #tokens: TokenBytes;
  readonly #isPiece: (id: number) => boolean;
  #mask = 0;
  /** Slots of four: hash, offset in the arena, length (0: empty), value (an id, or ~offset in `lists`). */
  #slots = new Int32Array(0);
  #arena: Uint8Array;
  #arenaSize = 0;
  /** Runs of ids: how many, then each. */
  #lists = new Int32Array(1024);
  #listsSize = 0;
  #learned = 0;
  #used = 0;

  /** @param isPiece whether a piece spelled like the token becomes the token */
  constructor(tokens: TokenBytes, isPiece: (id: number) => boolean) {
    this.#tokens = tokens;
    this.#isPiece = isPiece;
    this.#resize(tokens.count + 256);
    this.#arena = new Uint8Array(tokens.bytes.length + 4096);
    this.#seed();
  }

  /** Appends the ids of bytes[from, to). @returns false where the piece is not known */
  take(bytes: Uint8Array, from: number, to: number, hash: number, ids: number[]): boolean {
    const slots = this.#slots;
    const arena = this.#arena;
    const length = to - from;
    let slot = mix(hash) & this.#mask;
    for (;;) {
      const at = slot << 2;
      const known = slots[at + 2]!;
      if (known === 0) return false;
      if (known === length && slots[at] === hash) {
        const offset = slots[at + 1]!;
        let i = 0;
        while (i < length && arena[offset + i] === bytes[from + i]) i++;
        if (i === length) {
          const value = slots[at + 3]!;
          if (value >= 0) {
            ids.push(value);
          } else {
            const lists = this.#lists;
            const start = ~value;
            const end = start + lists[start]!;
            for (let one = start + 1; one <= end; one++) ids.push(lists[one]!);
          }
          return true;
        }
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Remembers that bytes[from, to) became ids[first …]. */
  learn(bytes: Uint8Array, from: number, to: number, hash: number, ids: readonly number[], first: number): void {
    if (this.#learned >= capacity) {
      this.#slots.fill(0);
      this.#arenaSize = this.#listsSize = this.#learned = this.#used = 0;
      this.#seed();
    }
    this.#learned++;
    const count = ids.length - first;
    let value = ids[first]!;
    if (count !== 1) {
      if (this.#listsSize + count >= this.#lists.length) {
        const larger = new Int32Array((this.#listsSize + count) * 2);
        larger.set(this.#lists);
        this.#lists = larger;
      }
      value = ~this.#listsSize;
      this.#lists[this.#listsSize++] = count;
      for (let i = first; i < ids.length; i++) this.#lists[this.#listsSize++] = ids[i]!;
    }
    this.#put(bytes, from, to, hash, value);
  }

  #seed(): void {
    const { bytes, starts, count } = this.#tokens;
    for (let id = 0; id < count; id++) {
      const from = starts[id]!;
      const to = starts[id + 1]!;
      if (to > from && this.#isPiece(id)) this.#put(bytes, from, to, hashBytes(bytes, from, to), id);
    }
  }

  #put(bytes: Uint8Array, from: number, to: number, hash: number, value: number): void {
    const length = to - from;
    if (this.#arenaSize + length > this.#arena.length) {
      const larger = new Uint8Array((this.#arenaSize + length) * 2);
      larger.set(this.#arena);
      this.#arena = larger;
    }
    if (++this.#used * 1.5 > this.#mask) this.#resize(this.#used * 2);
    this.#place(hash, this.#arenaSize, length, value);
    for (let i = from; i < to; i++) this.#arena[this.#arenaSize++] = bytes[i]!;
  }

  #place(hash: number, offset: number, length: number, value: number): void {
    let slot = mix(hash) & this.#mask;
    while (this.#slots[(slot << 2) + 2] !== 0) slot = (slot + 1) & this.#mask;
    const at = slot << 2;
    this.#slots[at] = hash;
    this.#slots[at + 1] = offset;
    this.#slots[at + 2] = length;
    this.#slots[at + 3] = value;
  }

  /** Makes room for so many pieces. */
  #resize(pieces: number): void {
    const old = this.#slots;
    let size = 1024;
    while (size < pieces * 1.5) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size * 4);
    for (let at = 0; at < old.length; at += 4)
      if (old[at + 2] !== 0) this.#place(old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!);
  }
}

/** Spreads a hash whose low bits are weak. */
function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
