/**
 * The seed vocabulary of Unigram training (unigram_model_trainer.cc, MakeSeedSentencePieces): the strings with the most
 * occurrences × length among those that no character always follows, found as the inner nodes of the suffix tree
 * (Abouelhoda et al. 2004). Here a word stands in the text once and its suffixes weigh what it counts.
 *
 * An interval of the suffix array also tells where its string occurs. So the same pass lays every edge of every lattice
 * of the later training, and no string has to be looked up again.
 */
import { Edges } from './edges.ts';
import type { Segments } from './segments.ts';
import { commonPrefixes, suffixArray } from './suffix-array.ts';

export interface Seeds {
  /** Lengths in characters by piece. The first pieces are the characters of the text, by descending count. */
  readonly lengths: Uint16Array;
  /** Where each piece occurs first in the text. */
  readonly places: Int32Array;
  /** Occurrences × length. */
  readonly scores: Float64Array;
  /** Every occurrence of every piece. */
  readonly edges: Edges;
}

export function findSeeds(segments: Segments, maxPieceLength: number, seedSize: number): Seeds {
  const { text, alphabet, charCounts } = segments;
  const sorted = suffixArray(text, alphabet.length + 1);
  const found = intervals(segments, sorted, maxPieceLength);
  const chosen = best(found, seedSize);
  let chars = 0;
  while (chars < charCounts.length && charCounts[chars]! > 0) chars++;

  const size = chars + chosen.length;
  const lengths = new Uint16Array(size).fill(1);
  const places = new Int32Array(size);
  const scores = new Float64Array(size);
  for (let at = text.length - 1; at >= 0; at--) if (text[at] !== 0) places[text[at]! - 1] = at;
  scores.set(charCounts.subarray(0, chars));
  for (const [i, k] of chosen.entries()) {
    lengths[chars + i] = found.lengths[k]!;
    places[chars + i] = sorted[found.lefts[k]!]!;
    scores[chars + i] = found.scores[k]!;
  }
  return { lengths, places, scores, edges: layEdges(text, sorted, found, chosen, chars, maxPieceLength) };
}

/** Intervals [left, right) of the suffix array whose suffixes share a string of some length. */
class Intervals {
  lefts = new Int32Array(1 << 16);
  rights = new Int32Array(1 << 16);
  lengths = new Uint16Array(1 << 16);
  scores = new Float64Array(1 << 16);
  count = 0;

  add(left: number, right: number, length: number, score: number): void {
    if (this.count === this.lefts.length) this.#grow();
    this.lefts[this.count] = left;
    this.rights[this.count] = right;
    this.lengths[this.count] = length;
    this.scores[this.count++] = score;
  }

  #grow(): void {
    const size = this.count * 2;
    const { lefts, rights, lengths, scores } = this;
    (this.lefts = new Int32Array(size)).set(lefts);
    (this.rights = new Int32Array(size)).set(rights);
    (this.lengths = new Uint16Array(size)).set(lengths);
    (this.scores = new Float64Array(size)).set(scores);
  }
}

/** Every string of 2 to `maxPieceLength` characters that occurs twice and may be a piece. */
function intervals(segments: Segments, sorted: Int32Array, maxPieceLength: number): Intervals {
  const { text, starts, counts } = segments;
  const n = text.length;
  const shared = commonPrefixes(text, sorted, 0);
  const found = new Intervals();
  const segmentAt = new Int32Array(n);
  for (let s = 0; s < counts.length; s++) segmentAt.fill(s, starts[s]!, starts[s + 1]!);
  // occurrences[k]: of the first k suffixes together
  const occurrences = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) occurrences[k + 1] = occurrences[k]! + counts[segmentAt[sorted[k]!]!]!;

  const emit = (length: number, left: number, right: number) => {
    if (length < 2 || length > maxPieceLength) return;
    const count = occurrences[right]! - occurrences[left]!;
    const at = sorted[left]!;
    if (count >= 2 && segments.isPiece(at, at + length)) found.add(left, right, length, count * length);
  };

  const depths = new Int32Array(n + 1); // the path to the current suffix: depths and where each node begins
  const lefts = new Int32Array(n + 1);
  let top = 0;
  for (let k = 1; k <= n; k++) {
    const depth = shared[k]!;
    const at = sorted[k - 1]!;
    const rest = starts[segmentAt[at]! + 1]! - 1 - at;
    // A leaf: one place in the text, but of a word that counts more than once.
    if (rest > depth && rest > shared[k - 1]!) emit(rest, k - 1, k);
    let left = k - 1;
    while (depths[top]! > depth) {
      left = lefts[top]!;
      emit(depths[top--]!, left, k);
    }
    if (depths[top]! < depth) {
      depths[++top] = depth;
      lefts[top] = left;
    }
  }
  return found;
}

/** The `size` intervals with the highest scores, in the order of the array; of equal ones the first. */
function best({ scores, count }: Intervals, size: number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  if (count <= size) return all;
  const ranked = scores.slice(0, count).sort();
  const least = ranked[count - size]!;
  let ties = size - (count - upperBound(ranked, least));
  return all.filter((i) => scores[i]! > least || (scores[i] === least && ties-- > 0));
}

/** How many of the ascending values are at most `value`. */
function upperBound(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function layEdges(
  text: Int32Array,
  sorted: Int32Array,
  { lefts, rights, lengths }: Intervals,
  chosen: Int32Array,
  chars: number,
  maxPieceLength: number,
): Edges {
  const firsts = new Int32Array(text.length + 1);
  for (let at = 0; at < text.length; at++) if (text[at] !== 0) firsts[at + 1] = 1;
  for (const k of chosen) for (let i = lefts[k]!; i < rights[k]!; i++) firsts[sorted[i]! + 1]!++;
  for (let at = 0; at < text.length; at++) firsts[at + 1]! += firsts[at]!;

  const total = firsts[text.length]!;
  const pieces = new Int32Array(total);
  const spans = new Uint16Array(total);
  const next = firsts.slice(0, text.length);
  const put = (at: number, piece: number, length: number) => {
    const edge = next[at]!++;
    pieces[edge] = piece;
    spans[edge] = length;
  };
  for (let at = 0; at < text.length; at++) if (text[at] !== 0) put(at, text[at]! - 1, 1);
  // Short ones first at every place: pieces by length, in the order they have otherwise.
  const byLength: number[][] = Array.from({ length: maxPieceLength + 1 }, () => []);
  for (const [i, k] of chosen.entries()) byLength[lengths[k]!]!.push(i);
  for (const group of byLength) {
    for (const i of group) {
      const k = chosen[i]!;
      for (let suffix = lefts[k]!; suffix < rights[k]!; suffix++) put(sorted[suffix]!, chars + i, lengths[k]!);
    }
  }
  return new Edges(firsts, pieces, spans);
}
