/**
 * Applies merges to a sequence of ids: always the pair of lowest rank, the leftmost first (Sennrich et al. 2016).
 * Short sequences are scanned; long ones use a heap over a linked list, O(n log n), so hostile words stay cheap.
 */
import { type MergeTable, noMerge } from './merge-table.ts';

/** Up to this length scanning beats the heap. */
const scanLimit = 100;

/**
 * Merges `ids[0, length)` in place.
 * @param widths if given, a number for each id; where ids merge, theirs are added
 * @returns the new length
 */
export function mergeIds(ids: Int32Array, length: number, merges: MergeTable, widths?: Int32Array): number {
  if (length < 2) return length;
  return length <= scanLimit ? mergeByScan(ids, length, merges, widths) : mergeByHeap(ids, length, merges, widths);
}

const scanRanks = new Int32Array(scanLimit + 1);

function mergeByScan(ids: Int32Array, length: number, merges: MergeTable, widths?: Int32Array): number {
  const ranks = scanRanks;
  let count = length;
  for (let i = 0; i < count - 1; i++) ranks[i] = merges.rank(ids[i]!, ids[i + 1]!);
  ranks[count - 1] = noMerge;
  for (;;) {
    let best = noMerge;
    let at = -1;
    for (let i = 0; i < count - 1; i++) {
      if (ranks[i]! < best) {
        best = ranks[i]!;
        at = i;
      }
    }
    if (at < 0) return count;
    ids[at] = merges.result(ids[at]!, ids[at + 1]!);
    if (widths) {
      widths[at]! += widths[at + 1]!;
      widths.copyWithin(at + 1, at + 2, count);
    }
    count--;
    ids.copyWithin(at + 1, at + 2, count + 1);
    ranks.copyWithin(at + 1, at + 2, count + 1);
    ranks[at] = at < count - 1 ? merges.rank(ids[at]!, ids[at + 1]!) : noMerge;
    if (at > 0) ranks[at - 1] = merges.rank(ids[at - 1]!, ids[at]!);
  }
}

function mergeByHeap(ids: Int32Array, length: number, merges: MergeTable, widths?: Int32Array): number {
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  const heap = new RankHeap(length);
  for (let i = 0; i < length; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
    if (i + 1 < length) heap.push(merges.rank(ids[i]!, ids[i + 1]!), i);
  }
  while (heap.size > 0) {
    const rank = heap.topRank;
    const at = heap.topPosition;
    heap.pop();
    const right = next[at]!;
    // An entry is stale when its token was swallowed (id -1) or one of its two tokens has grown since.
    if (ids[at] === -1 || right >= length || merges.rank(ids[at]!, ids[right]!) !== rank) continue;
    ids[at] = merges.result(ids[at]!, ids[right]!);
    ids[right] = -1;
    if (widths) widths[at]! += widths[right]!;
    const after = next[right]!;
    next[at] = after;
    if (after < length) {
      previous[after] = at;
      heap.push(merges.rank(ids[at]!, ids[after]!), at);
    }
    const before = previous[at]!;
    if (before >= 0) heap.push(merges.rank(ids[before]!, ids[at]!), before);
  }
  let count = 0;
  for (let i = 0; i < length; i = next[i]!) {
    if (widths) widths[count] = widths[i]!;
    ids[count++] = ids[i]!;
  }
  return count;
}

/** Min-heap of (rank, position). One double holds both: rank · 2³² + position compares as the pair does. */
class RankHeap {
  #keys: Float64Array;
  size = 0;

  constructor(capacity: number) {
    this.#keys = new Float64Array(Math.max(16, capacity));
  }

  get topRank(): number {
    return Math.floor(this.#keys[0]! / 0x1_0000_0000);
  }

  get topPosition(): number {
    return this.#keys[0]! % 0x1_0000_0000;
  }

  push(rank: number, position: number): void {
    if (rank === noMerge) return;
    if (this.size === this.#keys.length) {
      const larger = new Float64Array(this.size * 2);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    const keys = this.#keys;
    const key = rank * 0x1_0000_0000 + position;
    let slot = this.size++;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[slot] = keys[parent]!;
      slot = parent;
    }
    keys[slot] = key;
  }

  pop(): void {
    const keys = this.#keys;
    const key = keys[--this.size]!;
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[slot] = keys[child]!;
      slot = child;
    }
    keys[slot] = key;
  }
}
