/**
 * Which n-grams of tokens occur more than once, for n = 1, 2, 3 … in turn. Exact (no hashes are trusted), and cheap on
 * ordinary text: an n-gram can only repeat where both of its (n−1)-grams do, so the lists shrink with every n.
 */
import type { Tokens } from './tokens.ts';

/** Beyond this many tokens a text is measured by its beginning: memory stays below 400 MB. */
const maxTokens = 8_000_000;

/** The repeated n-grams of one n, as places in ascending order. */
export interface Repeats {
  readonly n: number;
  /** Number of places. */
  readonly count: number;
  /** Index of the n-gram's first token. */
  readonly places: Int32Array;
  /** Number of the n-gram at each place, from 0, in the order of first occurrence. */
  readonly grams: Int32Array;
  /** Number of different n-grams. */
  readonly different: number;
}

/** Calls `each` for n = 1 … maxN while it returns true. The arrays are valid during the call. */
export function eachRepeats(tokens: Tokens, maxN: number, each: (repeats: Repeats) => boolean): void {
  const total = Math.min(tokens.count, maxTokens);
  if (total === 0) return;
  const ids = internTokens(tokens, total);
  const places = new Int32Array(total);
  const grams = new Int32Array(total);
  for (let i = 0; i < total; i++) {
    places[i] = i;
    grams[i] = ids[i]!;
  }
  let current = keepRepeated(1, total, places, grams, total);
  const table = new PairTable(total);
  for (let n = 1; n <= maxN; n++) {
    if (n > 1) {
      let count = 0;
      let different = 0;
      table.clear(current.count);
      for (let k = 0; k + 1 < current.count; k++) {
        const place = places[k]!;
        if (places[k + 1] !== place + 1 || place + n > total) continue;
        const gram = table.number(grams[k]!, ids[place + n - 1]!, different);
        if (gram === different) different++;
        // Written behind what is read: places and grams are compacted where they stand.
        places[count] = place;
        grams[count] = gram;
        count++;
      }
      current = keepRepeated(n, count, places, grams, different);
    }
    if (!each(current)) return;
  }
}

let counts = new Int32Array(1024);

/** Drops the n-grams that occur once and renumbers the others; in place. */
function keepRepeated(n: number, count: number, places: Int32Array, grams: Int32Array, different: number): Repeats {
  if (counts.length < different) counts = new Int32Array(different * 2);
  counts.fill(0, 0, different);
  for (let k = 0; k < count; k++) counts[grams[k]!]!++;
  let kept = 0;
  let numbers = 0;
  // Numbers ascend by first occurrence, so a renumbered count can take the place of one that is done with.
  const renumbered = counts;
  for (let gram = 0; gram < different; gram++) renumbered[gram] = renumbered[gram]! > 1 ? numbers++ : -1;
  for (let k = 0; k < count; k++) {
    const gram = renumbered[grams[k]!]!;
    if (gram < 0) continue;
    places[kept] = places[k]!;
    grams[kept] = gram;
    kept++;
  }
  if (counts.length > 1 << 20) counts = new Int32Array(1024);
  return { n, count: kept, places, grams, different: numbers };
}

/** Equal tokens get equal numbers, ascending by first occurrence. */
function internTokens({ text, starts, ends }: Tokens, total: number): Int32Array {
  const ids = new Int32Array(total);
  const size = tableSize(total);
  /** Index of the first token with this hash, plus one. */
  const slots = new Int32Array(size);
  const mask = size - 1;
  let different = 0;
  for (let i = 0; i < total; i++) {
    const start = starts[i]!;
    const end = ends[i]!;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const other = slots[slot]! - 1;
      if (other < 0) {
        slots[slot] = i + 1;
        ids[i] = different++;
        break;
      }
      if (sameText(text, start, end, starts[other]!, ends[other]!)) {
        ids[i] = ids[other]!;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return ids;
}

function sameText(text: string, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let at = start, other = otherStart; at < end; at++, other++)
    if (text.charCodeAt(at) !== text.charCodeAt(other)) return false;
  return true;
}

function tableSize(entries: number): number {
  let size = 16;
  while (size < entries * 2) size *= 2;
  return size;
}

/** Numbers pairs of numbers. Open addressing over one array: first, second, number plus one. */
class PairTable {
  private slots: Int32Array;
  private mask = 0;

  constructor(entries: number) {
    this.slots = new Int32Array(tableSize(entries) * 3);
  }

  clear(entries: number): void {
    const size = Math.min(tableSize(entries), this.slots.length / 3);
    this.mask = size - 1;
    this.slots.fill(0, 0, size * 3);
  }

  /** The number of a pair; `fresh` where it is new. */
  number(first: number, second: number, fresh: number): number {
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & this.mask; ; slot = (slot + 1) & this.mask) {
      const at = slot * 3;
      const number = this.slots[at + 2]!;
      if (number === 0) {
        this.slots[at] = first;
        this.slots[at + 1] = second;
        this.slots[at + 2] = fresh + 1;
        return fresh;
      }
      if (this.slots[at] === first && this.slots[at + 1] === second) return number - 1;
    }
  }
}
