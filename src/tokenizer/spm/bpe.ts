/**
 * SentencePiece's BPE segmentation (bpe_model.cc): of all neighbours that together are a piece, those of the highest
 * score are joined first, the leftmost before the others, O(n log n). Unlike Hugging Face's BPE there is no list of
 * merges: a piece arises from any two parts. User-defined symbols are never joined; unused pieces are taken apart again.
 */

import { spaceSymbol } from './normalizer.ts';
import { pieceTypes } from './proto.ts';
import type { Segment } from './unigram.ts';
import type { Emit, SpmVocabulary } from './vocabulary.ts';

/** How far unused pieces are taken apart. */
const deepestResegment = 100;
/** Stretches up to this many code units are remembered; a full cache starts anew. */
const cachedLength = 64;
const cacheCapacity = 1 << 16;

export function bpeSegmenter(vocabulary: SpmVocabulary): Segment {
  const merger = createMerger(vocabulary);
  const cut = cutter(vocabulary);
  /** Ends and ids of the tokens of a stretch, flat. */
  const cache = new Map<string, readonly number[]>();
  return (text, emit) => {
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = cut(text, start);
      const length = end - start;
      if (length > cachedLength) {
        const found = merger(start === 0 && end === text.length ? text : text.slice(start, end));
        emitAll(found, text, start, emit);
        continue;
      }
      const stretch = text.slice(start, end);
      let found = cache.get(stretch);
      if (found === undefined) {
        found = merger(stretch);
        if (cache.size >= cacheCapacity) cache.clear();
        cache.set(stretch, found);
      }
      emitAll(found, text, start, emit);
    }
  };
}

function emitAll(found: readonly number[], text: string, offset: number, emit: Emit): void {
  let start = offset;
  for (let i = 0; i < found.length; i += 2) {
    const end = offset + found[i]!;
    emit(text, start, end, found[i + 1]!);
    start = end;
  }
}

/**
 * Where the stretch that begins at `start` ends: before ▁ (or after it) where no piece joins what lies on both sides,
 * so that stretches can be segmented, and remembered, on their own.
 */
function cutter({ ordinary, isUnused }: SpmVocabulary): (text: string, start: number) => number {
  let before = true;
  let after = true;
  for (const [piece, id] of ordinary) {
    if (/[^\u2581]\u2581/.test(piece)) before = false;
    if (/\u2581[^\u2581]/.test(piece)) after = false;
    // Unused pieces are taken apart as the last of their kind in the whole text was made.
    if (isUnused(id)) before = after = false;
  }
  if (!before && !after) return (text) => text.length;
  return (text, start) => {
    for (let i = start; ; ) {
      const at = text.indexOf(spaceSymbol, i);
      if (at < 0) return text.length;
      if (before && at > start && text[at - 1] !== spaceSymbol) return at;
      i = at + 1;
      if (after && i < text.length && text[i] !== spaceSymbol) return i;
    }
  };
}

/** The state of one segmentation; arrays are as long as the longest text so far. */
interface Symbols {
  readonly start: Int32Array;
  /** A symbol that was joined to its left neighbour has length 0. */
  readonly length: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly frozen: Uint8Array;
}

const symbolsFor = (size: number): Symbols => ({
  start: new Int32Array(size),
  length: new Int32Array(size),
  next: new Int32Array(size),
  previous: new Int32Array(size),
  frozen: new Uint8Array(size),
});

/** Segments one stretch: ends and ids, flat. */
function createMerger(vocabulary: SpmVocabulary): (text: string) => number[] {
  const { ordinary, isUnused, userDefined, unkId } = vocabulary;
  const ranks = scoreRanks(vocabulary);
  let longest = 0;
  let hasUnused = false;
  for (const [piece, id] of ordinary) {
    longest = Math.max(longest, piece.length);
    hasUnused ||= isUnused(id);
  }
  let kept = symbolsFor(256);
  let agenda = new Agenda();

  return (text) => {
    if (kept.start.length < text.length) kept = symbolsFor(text.length * 2);
    const symbols = kept;
    const { start, length, next, previous, frozen } = symbols;
    const count = splitSymbols(text, symbols, (at) => userDefined?.longest(text, at) ?? 0);
    /** Unused piece → the two parts that it was made of last. */
    const parts = hasUnused ? new Map<string, readonly [string, string]>() : undefined;
    agenda.clear();

    const consider = (left: number, right: number) => {
      const size = length[left]! + length[right]!;
      if (size > longest || frozen[left] === 1 || frozen[right] === 1) return;
      const from = start[left]!;
      const piece = text.slice(from, from + size);
      const id = ordinary.get(piece);
      if (id === undefined) return;
      agenda.push(ranks[id]!, left, right, size);
      if (parts && isUnused(id)) {
        const middle = from + length[left]!;
        parts.set(piece, [text.slice(from, middle), text.slice(middle, from + size)]);
      }
    };

    for (let i = 1; i < count; i++) consider(i - 1, i);
    while (agenda.pop()) {
      const { left, right } = agenda;
      // Stale where one of the two was joined to another, or has grown.
      if (length[left] === 0 || length[right] === 0 || length[left]! + length[right]! !== agenda.size) continue;
      length[left] = agenda.size;
      length[right] = 0;
      const after = next[right]!;
      next[left] = after;
      if (after >= 0) previous[after] = left;
      if (previous[left]! >= 0) consider(previous[left]!, left);
      if (after >= 0) consider(left, after);
    }

    const found: number[] = [];
    let end = 0;
    const resegment = (piece: string, depth: number) => {
      const id = ordinary.get(piece) ?? unkId;
      const two = id !== unkId && parts !== undefined && isUnused(id) ? parts.get(piece) : undefined;
      if (two && depth <= deepestResegment) {
        resegment(two[0], depth + 1);
        resegment(two[1], depth + 1);
        return;
      }
      end += piece.length;
      const whole = id === unkId || depth > deepestResegment || !isUnused(id);
      found.push(end, whole ? id : unkId);
    };
    for (let i = 0; i >= 0 && i < count; i = next[i]!) resegment(text.slice(start[i], start[i]! + length[i]!), 0);
    if (text.length > 1 << 16) {
      kept = symbolsFor(256); // a giant text does not keep giant arrays alive
      agenda = new Agenda();
    }
    return found;
  };
}

/** User-defined symbols and characters as a linked list. @returns how many */
function splitSymbols(text: string, symbols: Symbols, userDefined: (at: number) => number): number {
  const { start, length, next, previous, frozen } = symbols;
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const symbol = userDefined(at);
    const size = symbol > 0 ? symbol : (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    start[count] = at;
    length[count] = size;
    next[count] = count + 1;
    previous[count] = count - 1;
    frozen[count] = symbol > 0 ? 1 : 0;
    at += size;
  }
  if (count > 0) next[count - 1] = -1;
  return count;
}

/** Scores as ranks, 0 the best; equal scores share one. */
function scoreRanks({ model: { pieces } }: SpmVocabulary): Int32Array {
  // SentencePiece compares bits, so 0 stands before -0.
  const before = (a: number, b: number) => b - a || (Object.is(a, b) ? 0 : Object.is(a, -0) ? 1 : -1);
  const order = pieces.flatMap(({ type }, id) => (type === pieceTypes.control ? [] : [id]));
  order.sort((a, b) => before(pieces[a]!.score, pieces[b]!.score));
  const ranks = new Int32Array(pieces.length);
  let rank = 0;
  for (const [i, id] of order.entries()) {
    if (i > 0 && before(pieces[order[i - 1]!]!.score, pieces[id]!.score) !== 0) rank++;
    ranks[id] = rank;
  }
  return ranks;
}

/** Min-heap of candidate merges by rank, then by place. Rank · 2³² + place as one double compares as the pair does. */
class Agenda {
  #keys = new Float64Array(256);
  /** Right neighbour and size of the candidate, in the order of the keys. */
  #rights = new Int32Array(256);
  #sizes = new Int32Array(256);
  #count = 0;
  left = 0;
  right = 0;
  size = 0;

  clear(): void {
    this.#count = 0;
  }

  push(rank: number, left: number, right: number, size: number): void {
    if (this.#count === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const key = rank * 0x1_0000_0000 + left;
    let slot = this.#count++;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (keys[parent]! <= key) break;
      this.#move(parent, slot);
      slot = parent;
    }
    keys[slot] = key;
    this.#rights[slot] = right;
    this.#sizes[slot] = size;
  }

  /** Takes the first candidate into `left`, `right` and `size`. @returns false when there is none */
  pop(): boolean {
    if (this.#count === 0) return false;
    const keys = this.#keys;
    this.left = keys[0]! % 0x1_0000_0000;
    this.right = this.#rights[0]!;
    this.size = this.#sizes[0]!;
    const last = --this.#count;
    const key = keys[last]!;
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= last) break;
      if (child + 1 < last && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#move(last, slot);
    return true;
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from]!;
    this.#rights[to] = this.#rights[from]!;
    this.#sizes[to] = this.#sizes[from]!;
  }

  #grow(): void {
    const room = this.#keys.length * 2;
    const keys = new Float64Array(room);
    keys.set(this.#keys);
    this.#keys = keys;
    const rights = new Int32Array(room);
    rights.set(this.#rights);
    this.#rights = rights;
    const sizes = new Int32Array(room);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }
}
