/**
 * The merges that ranks stand for: tiktoken joins any two neighbours whose bytes together are a token, the lowest rank
 * first, so every way to cut a token into two tokens is a merge. In the order of Hugging Face's conversion
 * (convert_slow_tokenizer.py, TikTokenConverter): by the token's rank, then by the ranks of its parts.
 */
import type { Merges } from '../bpe/derivation.ts';
import type { Ranks } from './ranks.ts';

export function mergesFromRanks(ranks: Ranks): Merges {
  const table = new TokenTable(ranks);
  const left = new IntList();
  const right = new IntList();
  const result = new IntList();
  const prefixes: number[] = [];
  const { bytes, starts } = table;
  for (let rank = 0; rank + 1 < starts.length; rank++) {
    const start = starts[rank]!;
    const end = starts[rank + 1]!;
    const from = left.length;
    let hash = 0;
    for (let cut = start; cut < end; cut++) {
      prefixes[cut - start] = hash;
      hash = extended(hash, bytes[cut]!);
    }
    let power = 1;
    hash = 0;
    for (let cut = end - 1; cut > start; cut--) {
      hash = (Math.imul(bytes[cut]! + 1, power) + hash) | 0;
      power = Math.imul(power, hashBase);
      const second = table.find(hash, cut, end);
      const first = second < 0 ? -1 : table.find(prefixes[cut - start]!, start, cut);
      if (first < 0) continue;
      left.push(first);
      right.push(second);
      result.push(rank);
    }
    sortPairs(left.items, right.items, from, left.length);
  }
  return { left: left.finish(), right: right.finish(), result: result.finish() };
}

const hashBase = 0x01000193;

/** Hash of bytes followed by one more: Σ (byteᵢ + 1) · baseⁿ⁻¹⁻ⁱ, so that it grows at either end. */
const extended = (hash: number, byte: number) => (Math.imul(hash, hashBase) + byte + 1) | 0;

/** The tokens' bytes in one array, found by the hash of any stretch of it. */
class TokenTable {
  readonly bytes: Uint8Array;
  /** By rank; a rank without token has no bytes. */
  readonly starts: Int32Array;
  readonly #slots: Int32Array;

  constructor(ranks: Ranks) {
    const tokens: (string | undefined)[] = [];
    for (const [token, rank] of ranks) tokens[rank] = token;
    this.starts = new Int32Array(tokens.length + 1);
    for (let rank = 0; rank < tokens.length; rank++)
      this.starts[rank + 1] = this.starts[rank]! + (tokens[rank]?.length ?? 0);
    this.bytes = new Uint8Array(this.starts[tokens.length]!);
    let size = 16;
    while (size < ranks.size * 2) size *= 2;
    this.#slots = new Int32Array(size).fill(-1);
    for (let rank = 0, at = 0; rank < tokens.length; rank++) {
      const token = tokens[rank];
      if (token === undefined) continue;
      let hash = 0;
      for (let i = 0; i < token.length; i++) {
        this.bytes[at] = token.charCodeAt(i);
        hash = extended(hash, this.bytes[at++]!);
      }
      let slot = this.#first(hash);
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = rank;
    }
  }

  /** @returns rank of the token whose bytes are those from `start` to `end`, or -1 */
  find(hash: number, start: number, end: number): number {
    const { starts } = this;
    for (let slot = this.#first(hash); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const rank = this.#slots[slot]!;
      if (rank === -1) return -1;
      const from = starts[rank]!;
      if (starts[rank + 1]! - from === end - start && this.#equal(from, start, end)) return rank;
    }
  }

  #first(hash: number): number {
    return (Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 7) & (this.#slots.length - 1);
  }

  #equal(from: number, start: number, end: number): boolean {
    const { bytes } = this;
    for (let i = start; i < end; i++) if (bytes[from + i - start] !== bytes[i]) return false;
    return true;
  }
}

/** By left, then right; the few splits of one token, so by insertion. No two have one left part. */
function sortPairs(left: Int32Array, right: Int32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const first = left[i]!;
    const second = right[i]!;
    let at = i;
    for (; at > from && left[at - 1]! > first; at--) {
      left[at] = left[at - 1]!;
      right[at] = right[at - 1]!;
    }
    left[at] = first;
    right[at] = second;
  }
}

/** A list of integers that grows. */
class IntList {
  items = new Int32Array(1024);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length++] = item;
  }

  finish(): Int32Array {
    return this.items.slice(0, this.length);
  }
}
