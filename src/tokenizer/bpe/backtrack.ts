/**
 * BPE in linear time: takes the longest token that may follow the one before it, and steps back where none may. Every
 * place is given up at most once, so hostile words cost no more than others. Equal to merging step by step wherever the
 * derivation is consistent. (The backtracking encoder of github/rust-gems' `bpe` crate.)
 */
import { invariant } from '../../core/index.ts';
import type { Derivation } from './derivation.ts';
import type { TokenBytes } from './token-bytes.ts';
import { TokenTrie } from './token-trie.ts';

/** Remembered answers of `mayFollow`, by a hash of the pair; a power of two. */
const memoSize = 1 << 16;

export class Backtracker {
  readonly #derivation: Derivation;
  readonly #trie: TokenTrie;
  readonly #lengths: Int32Array;
  /** Where `marks[place] === round`, no way leads on from the place. */
  #marks = new Int32Array(1024);
  #round = 0;
  /** Pairs by slot: [first + 1, second · 2 + answer]. */
  readonly #memo = new Int32Array(memoSize * 2);

  constructor(derivation: Derivation, tokens: TokenBytes) {
    this.#derivation = derivation;
    this.#trie = new TokenTrie(tokens, (id) => derivation.isReachable(id));
    this.#lengths = Int32Array.from({ length: tokens.count }, (_, id) => tokens.length(id));
  }

  /** Appends the tokens of bytes[from, to), all of whose symbols must be tokens. */
  encode(bytes: Uint8Array, from: number, to: number, ids: number[]): void {
    if (from >= to) return;
    const trie = this.#trie;
    const lengths = this.#lengths;
    const base = ids.length;
    const marks = this.#marksFor(to - from + 1);
    const round = this.#round;
    let at = from;
    let last = -1;
    let token = trie.longest(bytes, at, to);
    for (;;) {
      while (token >= 0) {
        const end = at + lengths[token]!;
        if (marks[end - from] !== round && (last < 0 || this.#mayFollow(last, token))) break;
        token = trie.prefix(token);
      }
      if (token >= 0) {
        ids.push(token);
        at += lengths[token]!;
        if (at === to) return;
        last = token;
        token = trie.longest(bytes, at, to);
      } else {
        invariant(ids.length > base, 'a text without BPE tokens');
        marks[at - from] = round;
        token = ids.pop()!;
        at -= lengths[token]!;
        last = ids.length > base ? ids[ids.length - 1]! : -1;
      }
    }
  }

  #mayFollow(first: number, second: number): boolean {
    const memo = this.#memo;
    const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    const slot = ((hash ^ (hash >>> 15)) & (memoSize - 1)) << 1;
    if (memo[slot] === first + 1 && memo[slot + 1]! >> 1 === second) return (memo[slot + 1]! & 1) === 1;
    const answer = this.#derivation.mayFollow(first, second);
    memo[slot] = first + 1;
    memo[slot + 1] = second * 2 + (answer ? 1 : 0);
    return answer;
  }

  /** Marks for a text of `length` places, all clear; those of a giant are not kept. */
  #marksFor(length: number): Int32Array {
    if (this.#round === 0x7fffffff) {
      this.#marks.fill(0);
      this.#round = 0;
    }
    this.#round++;
    if (length > 1 << 20) return new Int32Array(length);
    if (length > this.#marks.length) this.#marks = new Int32Array(length * 2);
    return this.#marks;
  }
}
