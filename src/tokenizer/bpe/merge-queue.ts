/**
 * Max-heap of candidate merges: highest count first, then the smallest (left, right) ids: Hugging Face's order.
 * An entry carries the count and the words it was queued with; counts go stale and are checked by who pops.
 */
import type { PairTable } from './pair-table.ts';

export interface Candidate {
  readonly pair: number;
  count: number;
  /** Indices of the words that may hold the pair. */
  readonly words: readonly number[];
}

export class MergeQueue {
  readonly #pairs: PairTable;
  readonly #heap: Candidate[] = [];

  constructor(pairs: PairTable) {
    this.#pairs = pairs;
  }

  push(candidate: Candidate): void {
    const heap = this.#heap;
    let slot = heap.length;
    heap.push(candidate);
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!this.#before(candidate, heap[parent]!)) break;
      heap[slot] = heap[parent]!;
      slot = parent;
    }
    heap[slot] = candidate;
  }

  pop(): Candidate | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, last)) break;
      heap[slot] = heap[child]!;
      slot = child;
    }
    heap[slot] = last;
    return top;
  }

  #before(a: Candidate, b: Candidate): boolean {
    if (a.count !== b.count) return a.count > b.count;
    const { left, right } = this.#pairs;
    if (left[a.pair] !== left[b.pair]) return left[a.pair]! < left[b.pair]!;
    return right[a.pair]! < right[b.pair]!;
  }
}
