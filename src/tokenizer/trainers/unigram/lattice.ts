/**
 * Sums and maxima over all segmentations of the training text (Kudo 2018; unigram_model.cc: PopulateMarginal, Viterbi,
 * NBest): the E step by the forward-backward algorithm, best paths, and how a piece is written without itself.
 *
 * A unigram lattice needs one sum a place, not one a node. Sums are kept as probabilities times a power of two that
 * grows with the length of the segment, which is exact and much faster than logarithms.
 */
import type { Edges } from './edges.ts';
import type { Segments } from './segments.ts';

/** The current model. */
export interface Pieces {
  /** Log probabilities. */
  readonly scores: Float64Array;
  /** The lowest of them. */
  readonly least: number;
  /** Length in characters, and a place in the text, of each. */
  readonly lengths: Uint16Array;
  readonly places: Int32Array;
}

/**
 * What stands for a character that is no piece. SentencePiece's trainer gives it the number 0, which is the piece of the
 * most frequent character; its counts go there, and so do ours.
 */
const unknownPiece = 0;

/** Below any other piece (kUnkPenalty). */
const unkPenalty = 10;

/** Sums smaller than this are scaled up by its inverse. */
const tiny = 2 ** -400;
const scale = 2 ** 400;

export class Lattice {
  readonly #segments: Segments;
  readonly #edges: Edges;
  readonly #reach: number;
  /** Of the current segment, by place in it. */
  readonly #forward: Float64Array;
  readonly #backward: Float64Array;
  /** How often sums before a place were scaled. */
  readonly #scalings: Int32Array;
  readonly #best: Float64Array;
  readonly #from: Int32Array;
  readonly #piece: Int32Array;

  /** @param reach length of the longest piece */
  constructor(segments: Segments, edges: Edges, reach: number) {
    const { starts } = segments;
    let longest = reach;
    for (let s = 0; s + 1 < starts.length; s++) longest = Math.max(longest, starts[s + 1]! - starts[s]! - 1);
    const size = longest + reach + 2;
    this.#segments = segments;
    this.#edges = edges;
    this.#reach = reach;
    this.#forward = new Float64Array(size);
    this.#backward = new Float64Array(size);
    this.#scalings = new Int32Array(size);
    this.#best = new Float64Array(size);
    this.#from = new Int32Array(size);
    this.#piece = new Int32Array(size);
  }

  /** How often each piece is expected to occur, over all segmentations of the text by their probability. */
  expectations({ scores, least }: Pieces): Float64Array {
    const { starts, counts, unknown } = this.#segments;
    const expected = new Float64Array(scores.length);
    const probabilities = scores.map(Math.exp);
    const unk = Math.exp(least - unkPenalty);
    expected[unknownPiece] = unknown;
    for (let s = 0; s < counts.length; s++) {
      const start = starts[s]!;
      const length = starts[s + 1]! - 1 - start;
      this.#sumForward(start, length, probabilities, unk);
      this.#sumBackward(start, length, probabilities, unk, counts[s]!, expected);
    }
    return expected;
  }

  #sumForward(start: number, length: number, probabilities: Float64Array, unk: number): void {
    const { firsts, pieces, spans } = this.#edges;
    const [forward, scalings] = [this.#forward, this.#scalings];
    forward.fill(0, 0, length + 1);
    forward[0] = 1;
    let scaled = 0;
    for (let at = 0; at < length; at++) {
      if (forward[at]! < tiny && this.#scaleUp(forward, at, Math.min(at + this.#reach, length))) scaled++;
      scalings[at] = scaled;
      const here = forward[at]!;
      const first = firsts[start + at]!;
      const end = firsts[start + at + 1]!;
      if (first === end || spans[first] !== 1) forward[at + 1]! += here * unk;
      for (let edge = first; edge < end; edge++) forward[at + spans[edge]!]! += here * probabilities[pieces[edge]!]!;
    }
    scalings[length] = scaled;
  }

  /** Also books each piece: count · forward · probability · backward / total. */
  #sumBackward(
    start: number,
    length: number,
    probabilities: Float64Array,
    unk: number,
    count: number,
    expected: Float64Array,
  ): void {
    const { firsts, pieces, spans } = this.#edges;
    const [forward, backward, scalings] = [this.#forward, this.#backward, this.#scalings];
    const weight = count / forward[length]!;
    const total = scalings[length]!;
    backward[length] = 1;
    let scaled = 0;
    for (let at = length - 1; at >= 0; at--) {
      const first = firsts[start + at]!;
      const end = firsts[start + at + 1]!;
      // forward, backward and total carry different powers; together they mostly cancel.
      const power = total - scalings[at]! - scaled;
      const share = forward[at]! * weight * (power === 0 ? 1 : scale ** power);
      let sum = 0;
      if (first === end || spans[first] !== 1) {
        sum = unk * backward[at + 1]!;
        expected[unknownPiece]! += share * sum;
      }
      for (let edge = first; edge < end; edge++) {
        const piece = pieces[edge]!;
        const term = probabilities[piece]! * backward[at + spans[edge]!]!;
        sum += term;
        expected[piece]! += share * term;
      }
      backward[at] = sum;
      if (sum < tiny && this.#scaleUp(backward, at, Math.min(at + this.#reach, length))) scaled++;
    }
  }

  /**
   * Multiplies sums [from, to] by `scale`. Not if one of them is large already: then a path with the better part of the
   * probability leaps over this place, and what is lost here is nothing beside it.
   */
  #scaleUp(sums: Float64Array, from: number, to: number): boolean {
    for (let at = from; at <= to; at++) if (sums[at]! > 1) return false;
    for (let at = from; at <= to; at++) sums[at]! *= scale;
    return true;
  }

  /** How often each piece occurs in the best segmentation. */
  bestCounts({ scores, least }: Pieces): Float64Array {
    const { starts, counts, unknown } = this.#segments;
    const found = new Float64Array(scores.length);
    const unk = least - unkPenalty;
    found[unknownPiece] = unknown;
    for (let s = 0; s < counts.length; s++) {
      const length = starts[s + 1]! - 1 - starts[s]!;
      this.#findBest(starts[s]!, length, scores, unk, -1);
      for (let at = length; at > 0; at = this.#from[at]!) found[this.#piece[at]!]! += counts[s]!;
    }
    return found;
  }

  /**
   * The best way to write a piece without itself.
   * @param without gets its pieces
   * @returns its score; −∞ if there is none (a single character)
   */
  writeWithout(piece: number, { scores, least, lengths, places }: Pieces, without: number[]): number {
    without.length = 0;
    const length = lengths[piece]!;
    if (length === 1) return Number.NEGATIVE_INFINITY;
    this.#findBest(places[piece]!, length, scores, least - unkPenalty, piece);
    for (let at = length; at > 0; at = this.#from[at]!) without.push(this.#piece[at]!);
    return this.#best[length]!;
  }

  /** Viterbi's algorithm over text[start, start + length), without the piece that is all of it if `banned` is that. */
  #findBest(start: number, length: number, scores: Float64Array, unk: number, banned: number): void {
    const { firsts, pieces, spans } = this.#edges;
    const [best, from, piece] = [this.#best, this.#from, this.#piece];
    best.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    best[0] = 0;
    for (let at = 0; at < length; at++) {
      const here = best[at]!;
      const first = firsts[start + at]!;
      const end = firsts[start + at + 1]!;
      if ((first === end || spans[first] !== 1) && here + unk > best[at + 1]!) {
        best[at + 1] = here + unk;
        from[at + 1] = at;
        piece[at + 1] = unknownPiece;
      }
      for (let edge = first; edge < end; edge++) {
        const to = at + spans[edge]!;
        if (to > length) break; // those after it are longer still
        const score = here + scores[pieces[edge]!]!;
        if (score > best[to]! && pieces[edge] !== banned) {
          best[to] = score;
          from[to] = at;
          piece[to] = pieces[edge]!;
        }
      }
    }
  }
}
