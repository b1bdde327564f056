/**
 * The seed vocabulary of Unigram training (unigram_model_trainer.cc, MakeSeedSentencePieces): the strings with the most
 * occurrences × length among those that no character always follows, found as the inner nodes of the suffix tree
 * (Abouelhoda et al. 2004). Here a word stands in the text once and its suffixes weigh what it counts.
 *
 * An interval of the suffix array also tells where its string occurs. So the same pass lays every edge of every lattice
 * of the later training, and no string has to be looked up again.
 */
import { Edges } from './edges.ts';
import { leadByte, mixed, type Segments } from './segments.ts';
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

/** @param all also strings that SentencePiece overlooks: those that the same byte always follows */
export function findSeeds(segments: Segments, maxPieceLength: number, seedSize: number, all: boolean): Seeds {
  const { text, alphabet, charCounts } = segments;
  const sorted = suffixArray(text, alphabet.length + 1);
  const found = intervals(segments, sorted, maxPieceLength, all);
  const chosen = best(found, seedSize);
  const chars = [...alphabet.keys()].filter((place) => charCounts[place]! > 0);
  chars.sort((a, b) => charCounts[b]! - charCounts[a]! || a - b);
  const pieceOf = new Int32Array(alphabet.length + 1);
  for (const [piece, place] of chars.entries()) pieceOf[place + 1] = piece;

  const size = chars.length + chosen.length;
  const lengths = new Uint16Array(size).fill(1);
  const places = new Int32Array(size);
  const scores = new Float64Array(size);
  for (let at = 0; at < text.length; at++) if (text[at] !== 0) places[pieceOf[text[at]!]!] = at;
  for (const [piece, place] of chars.entries()) scores[piece] = charCounts[place]!;
  for (const [i, k] of chosen.entries()) {
    const piece = chars.length + i;
    lengths[piece] = found.lengths[k]!;
    places[piece] = sorted[found.lefts[k]!]!;
    scores[piece] = found.scores[k]!;
  }
  return {
    lengths,
    places,
    scores,
    edges: layEdges(text, sorted, pieceOf, chars.length, found, chosen, maxPieceLength),
  };
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
    const { lefts, rights, lengths, scores } = this;
    const size = this.count * 2;
    this.lefts = new Int32Array(size);
    this.rights = new Int32Array(size);
    this.lengths = new Uint16Array(size);
    this.scores = new Float64Array(size);
    this.lefts.set(lefts);
    this.rights.set(rights);
    this.lengths.set(lengths);
    this.scores.set(scores);
  }
}

/** Every string of 2 to `maxPieceLength` characters that occurs twice and may be a piece. */
function intervals(segments: Segments, sorted: Int32Array, maxPieceLength: number, all: boolean): Intervals {
  const { text, starts, counts } = segments;
  const n = text.length;
  const shared = commonPrefixes(text, sorted, 0);
  const found = new Intervals();
  const segmentAt = new Int32Array(n);
  for (let s = 0; s < counts.length; s++) segmentAt.fill(s, starts[s]!, starts[s + 1]!);
  // occurrences[k]: of the first k suffixes together
  const occurrences = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) occurrences[k + 1] = occurrences[k]! + counts[segmentAt[sorted[k]!]!]!;
  const followers = new Followers(segments, sorted, segmentAt);

  const emit = (length: number, left: number, right: number) => {
    if (length < 2 || length > maxPieceLength) return;
    const count = occurrences[right]! - occurrences[left]!;
    if (count < 2 || !(all || followers.differ(left, right, length))) return;
    const at = sorted[left]!;
    if (segments.isPiece(at, at + length)) found.add(left, right, length, count * length);
  };

  const depths = new Int32Array(n + 1); // the path to the current suffix: depths and where each node begins
  const lefts = new Int32Array(n + 1);
  let top = 0;
  for (let k = 1; k <= n; k++) {
    const depth = shared[k]!;
    const at = sorted[k - 1]!;
    const rest = starts[segmentAt[at]! + 1]! - 1 - at;
    // A leaf: one place in the text, but of a segment that counts more than once.
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

/**
 * Tells whether different bytes follow a string. SentencePiece's suffix array is of the corpus's bytes, and its seeds are
 * the inner nodes: a string whose occurrences all go on with the same byte is not one of them.
 */
class Followers {
  readonly #segments: Segments;
  readonly #sorted: Int32Array;
  readonly #segmentAt: Int32Array;
  readonly #leads: Uint16Array;
  /** changes[k]: how many of the suffixes 1 … k end before another byte than the one in front of them, or a mixed one. */
  readonly #changes: Int32Array;

  constructor(segments: Segments, sorted: Int32Array, segmentAt: Int32Array) {
    this.#segments = segments;
    this.#sorted = sorted;
    this.#segmentAt = segmentAt;
    this.#leads = Uint16Array.from(segments.alphabet, leadByte);
    this.#changes = new Int32Array(sorted.length);
    for (let k = 1; k < sorted.length; k++) {
      const here = this.#behind(k);
      this.#changes[k] = this.#changes[k - 1]! + (here === mixed || here !== this.#behind(k - 1) ? 1 : 0);
    }
  }

  /** What follows the segment of a suffix. */
  #behind(k: number): number {
    return this.#segments.followers[this.#segmentAt[this.#sorted[k]!]!]!;
  }

  /** What follows `length` characters of a suffix inside its segment: the alphabet is sorted, so these ascend; −1: its end. */
  #inside(k: number, length: number): number {
    const place = this.#segments.text[this.#sorted[k]! + length]!;
    return place === 0 ? -1 : this.#leads[place - 1]!;
  }

  /** For suffixes [left, right) that share `length` characters. */
  differ(left: number, right: number, length: number): boolean {
    const last = this.#inside(right - 1, length);
    // Those that end here come first.
    let [ends, high] = [left, right];
    while (ends < high) {
      const middle = (ends + high) >> 1;
      if (this.#inside(middle, length) < 0) ends = middle + 1;
      else high = middle;
    }
    if (ends < right && this.#inside(ends, length) !== last) return true;
    if (ends === left) return false;
    const behind = this.#behind(left);
    return behind === mixed || (last >= 0 && behind !== last) || this.#changes[ends - 1] !== this.#changes[left];
  }
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
  pieceOf: Int32Array,
  chars: number,
  { lefts, rights, lengths }: Intervals,
  chosen: Int32Array,
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
  for (let at = 0; at < text.length; at++) if (text[at] !== 0) put(at, pieceOf[text[at]!]!, 1);
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
