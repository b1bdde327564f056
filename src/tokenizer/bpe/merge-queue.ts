/**
 * Candidate merges: highest count first, then the smallest (left, right) ids: Hugging Face's order (trainer.rs). A heap
 * in typed arrays; an entry carries the count it was queued with, which goes stale and is checked by who pops, and the
 * stretch of `places` where the pair was seen. Knows ids only.
 */
import type { PairTable } from './pair-table.ts';

/** Children of a heap node: four lie on one cache line of counts. */
const arity = 4;

export class MergeQueue {
  readonly #pairs: PairTable;
  /** Entries in use; numbered in the order in which they were made. */
  #entries = 0;
  #pair = new Int32Array(1 << 10);
  #from = new Int32Array(1 << 10);
  #length = new Int32Array(1 << 10);
  /** The heap: counts and entries, side by side. */
  #size = 0;
  #counts = new Float64Array(1 << 10);
  #heap = new Int32Array(1 << 10);
  /** Count of the entry that was popped last. */
  poppedCount = 0;

  constructor(pairs: PairTable) {
    this.#pairs = pairs;
  }

  /** Number of entries, popped ones included until the next `compact`. */
  get entries(): number {
    return this.#entries;
  }

  pair(entry: number): number {
    return this.#pair[entry]!;
  }

  /** Where the entry's places begin. */
  from(entry: number): number {
    return this.#from[entry]!;
  }

  length(entry: number): number {
    return this.#length[entry]!;
  }

  /** Queues a new entry. @returns its number */
  add(pair: number, count: number, from: number, length: number): number {
    const entry = this.#entries++;
    if (entry === this.#pair.length) {
      this.#pair = enlarged(this.#pair, entry * 2);
      this.#from = enlarged(this.#from, entry * 2);
      this.#length = enlarged(this.#length, entry * 2);
    }
    this.#pair[entry] = pair;
    this.#from[entry] = from;
    this.#length[entry] = length;
    this.push(entry, count);
    return entry;
  }

  /** Queues an entry that was popped again, with another count. */
  push(entry: number, count: number): void {
    if (this.#size === this.#heap.length) {
      this.#heap = enlarged(this.#heap, this.#size * 2);
      const counts = new Float64Array(this.#heap.length);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    this.#siftUp(this.#size++, entry, count);
  }

  /** @returns the best entry, or -1; its count is `poppedCount` */
  pop(): number {
    if (this.#size === 0) return -1;
    const top = this.#heap[0]!;
    this.poppedCount = this.#counts[0]!;
    const last = --this.#size;
    if (last > 0) this.#siftDown(this.#heap[last]!, this.#counts[last]!);
    return top;
  }

  /**
   * Forgets popped entries, and lets `move` give the others' places a new home.
   * @param move (pair, from, length) → the new length of the places, which then begin at the sum of the new lengths so
   *   far; entries come in the order of their places
   */
  compact(move: (pair: number, from: number, length: number) => number): void {
    const queued = new Uint8Array(this.#entries);
    for (let slot = 0; slot < this.#size; slot++) queued[this.#heap[slot]!] = 1;
    const renumbered = new Int32Array(this.#entries);
    let kept = 0;
    let at = 0;
    for (let entry = 0; entry < this.#entries; entry++) {
      if (queued[entry] === 0) continue;
      const length = move(this.#pair[entry]!, this.#from[entry]!, this.#length[entry]!);
      this.#pair[kept] = this.#pair[entry]!;
      this.#from[kept] = at;
      this.#length[kept] = length;
      at += length;
      renumbered[entry] = kept++;
    }
    for (let slot = 0; slot < this.#size; slot++) this.#heap[slot] = renumbered[this.#heap[slot]!]!;
    this.#entries = kept;
  }

  #siftUp(start: number, entry: number, count: number): void {
    let slot = start;
    while (slot > 0) {
      const parent = ((slot - 1) / arity) | 0;
      const parentCount = this.#counts[parent]!;
      if (parentCount > count || (parentCount === count && !this.#tieBefore(entry, this.#heap[parent]!))) break;
      this.#heap[slot] = this.#heap[parent]!;
      this.#counts[slot] = parentCount;
      slot = parent;
    }
    this.#heap[slot] = entry;
    this.#counts[slot] = count;
  }

  #siftDown(entry: number, count: number): void {
    const counts = this.#counts;
    const heap = this.#heap;
    const size = this.#size;
    let slot = 0;
    for (;;) {
      const first = slot * arity + 1;
      if (first >= size) break;
      const end = first + arity < size ? first + arity : size;
      let best = first;
      for (let child = first + 1; child < end; child++) {
        const difference = counts[child]! - counts[best]!;
        if (difference > 0 || (difference === 0 && this.#tieBefore(heap[child]!, heap[best]!))) best = child;
      }
      if (counts[best]! < count || (counts[best] === count && !this.#tieBefore(heap[best]!, entry))) break;
      heap[slot] = heap[best]!;
      counts[slot] = counts[best]!;
      slot = best;
    }
    heap[slot] = entry;
    counts[slot] = count;
  }

  #tieBefore(a: number, b: number): boolean {
    const { left, right } = this.#pairs;
    const [pairA, pairB] = [this.#pair[a]!, this.#pair[b]!];
    const difference = left[pairA]! - left[pairB]!;
    return difference !== 0 ? difference < 0 : right[pairA]! < right[pairB]!;
  }
}

/** A longer copy, with zeros behind. */
export function enlarged(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
