/** Where pieces occur in the text: the edges of all its lattices, by the place where they begin, short ones first. */
export class Edges {
  /** The edges that begin at place p are firsts[p] to firsts[p + 1] − 1. */
  readonly firsts: Int32Array;
  readonly pieces: Int32Array;
  /** Length in characters. */
  readonly spans: Uint16Array;

  constructor(firsts: Int32Array, pieces: Int32Array, spans: Uint16Array) {
    this.firsts = firsts;
    this.pieces = pieces;
    this.spans = spans;
  }

  /** Gives every piece the number `renumbered[piece]` and drops the edges of those that have none (−1). */
  renumber(renumbered: Int32Array): void {
    const { firsts, pieces, spans } = this;
    let kept = 0;
    let edge = 0;
    for (let at = 0; at + 1 < firsts.length; at++) {
      const end = firsts[at + 1]!;
      firsts[at] = kept;
      for (; edge < end; edge++) {
        const piece = renumbered[pieces[edge]!]!;
        if (piece < 0) continue;
        pieces[kept] = piece;
        spans[kept++] = spans[edge]!;
      }
    }
    firsts[firsts.length - 1] = kept;
  }
}
