/**
 * How each token of a BPE model comes about. A token is reachable when merging its own text ends in that token alone;
 * the last merge on the way is its split. From the splits follows, without merging anything, whether two tokens may
 * stand side by side: the test behind the linear encoder (backtrack.ts).
 *
 * Source of the idea: the `bpe` crate of github/rust-gems ("any sequence of tokens in which every adjacent pair is what
 * BPE makes of the pair's text is what BPE makes of the whole"); the theory is in Berglund & van der Merwe,
 * "Formalizing BPE Tokenization" (2023). It needs merges whose parts are made before them: `consistent` says whether
 * that holds. Knows ids only.
 */
import { MergeTable, noMerge } from './merge-table.ts';

/** Rank of a symbol that no merge makes. */
const symbolRank = -1;
/** Rank of a token that never comes out of merging. */
const unreachable = noMerge;

/** The merges by rank: merge r makes result[r] of left[r] and right[r]. */
export interface Merges {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly result: Int32Array;
}

export class Derivation {
  readonly table: MergeTable;
  /** Whether `mayFollow` decides exactly; otherwise texts have to be merged step by step. */
  readonly consistent: boolean;
  /** Rank of the merge that makes the token. */
  readonly #rank: Int32Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;

  /**
   * @param idLimit one more than the largest id
   * @param symbols ids that texts begin as
   */
  constructor(idLimit: number, symbols: Iterable<number>, merges: Merges) {
    const { left, right, result } = merges;
    const count = left.length;
    this.table = new MergeTable(count);
    this.#rank = new Int32Array(idLimit).fill(unreachable);
    this.#left = new Int32Array(idLimit);
    this.#right = new Int32Array(idLimit);
    for (const id of symbols) this.#rank[id] = symbolRank;
    let early = false;
    const late: number[] = [];
    for (let rank = 0; rank < count; rank++) {
      const a = left[rank]!;
      const b = right[rank]!;
      const made = result[rank]!;
      // A pair that comes twice counts by its later rank, so it is not known yet at the earlier one.
      if (this.table.rank(a, b) !== noMerge) early = true;
      if (this.#rank[a] === unreachable || this.#rank[b] === unreachable) late.push(rank);
      else if (this.mayFollow(a, b)) {
        if (this.#rank[made] === unreachable) {
          this.#rank[made] = rank;
          this.#left[made] = a;
          this.#right[made] = b;
        } else {
          early = true; // one text, two ways: cannot be
        }
      }
      this.table.set(a, b, rank, made);
    }
    this.consistent = !early && !late.some((rank) => this.#happensLate(left[rank]!, right[rank]!));
  }

  isReachable(id: number): boolean {
    return this.#rank[id] !== unreachable;
  }

  /** Whether BPE of the two tokens' text is the two tokens; both must be reachable. */
  mayFollow(first: number, second: number, self = false): boolean {
    const { table } = this;
    const ranks = this.#rank;
    let a = first;
    let b = second;
    // Undo the merges inside both, the latest first; a merge across the border that came before it would have won.
    let limit = noMerge;
    let skip = self;
    for (;;) {
      if (!skip && table.rank(a, b) < limit) return false;
      skip = false;
      const rankA = ranks[a]!;
      const rankB = ranks[b]!;
      if (rankA > rankB) {
        limit = rankA; // at equal rank the left one came first
        a = this.#right[a]!;
      } else if (rankB !== symbolRank) {
        limit = rankB + 1;
        b = this.#left[b]!;
      } else {
        return true;
      }
    }
  }

  /** A merge whose parts are made only after its own rank: does a text get there all the same? */
  #happensLate(a: number, b: number): boolean {
    return this.isReachable(a) && this.isReachable(b) && this.mayFollow(a, b, true);
  }
}
