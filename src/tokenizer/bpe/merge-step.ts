/**
 * The pairs of all words with their places, and what one merge does to them. The bookings of a merge are summed up by
 * neighbour first, so that the table of pairs is asked once a neighbour and not once a place. Knows ids only.
 */
import { enlarged, MergeQueue } from './merge-queue.ts';
import type { MergeWords } from './merge-words.ts';
import { PairTable } from './pair-table.ts';

/** At most 2^20 sums tell which pairs may be frequent: 8 MiB, which a processor's cache holds. */
const sumBits = 20;

export class MergeStep {
  pairs = new PairTable();
  queue = new MergeQueue(this.pairs);
  readonly #words: MergeWords;
  readonly #idLimit: number;
  readonly #maxLength: number;
  readonly #frequentOnly: boolean;
  #least = 1;
  /** Places of all queued entries, one stretch after another. */
  #places = new Int32Array(0);
  #placesUsed = 0;
  /** By neighbour: the id of a symbol before the pair, or `idLimit` + the id of one behind it. */
  readonly #lost: Float64Array;
  readonly #gained: Float64Array;
  readonly #seen: Int32Array;
  readonly #touched: Int32Array;
  /** For each touched neighbour, the new pair with it, or -1. */
  readonly #grown: Int32Array;
  #touchedCount = 0;
  /** The places of this merge's new pairs, with their neighbours. */
  #newPlaces = new Int32Array(1 << 10);
  #newNeighbours = new Int32Array(1 << 10);
  #newCount = 0;

  /**
   * @param idLimit one more than the largest id that there will be
   * @param maxLength a pair of so many initial symbols or more is not booked (Infinity: any is)
   * @param frequentOnly keep no books of pairs that are rarer than `countPairs` was told
   */
  constructor(words: MergeWords, idLimit: number, maxLength: number, frequentOnly: boolean) {
    this.#words = words;
    this.#idLimit = idLimit;
    this.#maxLength = maxLength;
    this.#frequentOnly = frequentOnly;
    this.#lost = new Float64Array(idLimit * 2);
    this.#gained = new Float64Array(idLimit * 2);
    this.#seen = new Int32Array(idLimit * 2);
    this.#touched = new Int32Array(idLimit * 2);
    this.#grown = new Int32Array(idLimit * 2);
  }

  /**
   * Counts the pairs of the words as they are, and from now on keeps books of those alone that occur `least` times or
   * more when they come up.
   * @param least from the count of the most frequent pair, or somewhat more than that
   */
  countPairs(least: (top: number) => number): void {
    // Sums over pairs with the same hash show in one small array which pairs need not be looked at.
    const bits = Math.min(sumBits, 32 - Math.clz32(this.#words.symbols.length));
    const sums = new Float64Array(1 << bits);
    this.#eachPair(bits, (slot, _left, _right, _place, count) => {
      sums[slot]! += count;
    });
    let top = 0;
    for (let slot = 0; slot < sums.length; slot++) if (sums[slot]! > top) top = sums[slot]!;
    this.#least = Math.max(1, least(top));
    const pairs = new PairTable();
    let seen = new Int32Array(pairs.count.length);
    this.#eachPair(bits, (slot, left, right, _place, count) => {
      if (sums[slot]! < this.#least) return;
      const pair = pairs.index(left, right);
      if (pair >= seen.length) seen = enlarged(seen, pairs.count.length);
      pairs.count[pair]! += count;
      seen[pair]!++;
    });
    this.pairs = pairs;
    this.queue = new MergeQueue(pairs);
    let total = 0;
    for (let pair = 0; pair < pairs.size; pair++) {
      if (pairs.count[pair]! < this.#least) continue;
      pairs.queued[pair] = 1;
      this.queue.add(pair, pairs.count[pair]!, total, seen[pair]!);
      const from = total;
      total += seen[pair]!;
      seen[pair] = from;
    }
    // New pairs have two places for each one that a merge takes; stale ones are cleared out when it is full.
    const places = new Int32Array(Math.ceil(total * 1.5) + (1 << 12));
    this.#eachPair(bits, (slot, left, right, place) => {
      if (sums[slot]! < this.#least) return;
      const pair = pairs.find(left, right);
      if (pairs.queued[pair] === 1) places[seen[pair]!++] = place;
    });
    this.#places = places;
    this.#placesUsed = total;
  }

  /** All pairs of the words, which hold no holes, with a hash of so many bits. */
  #eachPair(
    bits: number,
    visit: (hash: number, left: number, right: number, place: number, count: number) => void,
  ): void {
    const words = this.#words;
    const { symbols } = words;
    for (let word = 0; word < words.length; word++) {
      const count = words.count(word);
      const start = words.start(word);
      let right = symbols[start]!;
      for (let at = start + 1; symbols[at]! >= 0; at++) {
        const left = right;
        right = symbols[at]!;
        const slot = (Math.imul(left, 0x9e3779b1) + Math.imul(right, 0x85ebca6b)) >>> (32 - bits);
        visit(slot, left, right, at - 1, count);
      }
    }
  }

  /** Merges the pair of a popped entry into `id`. */
  merge(entry: number, id: number): void {
    const pair = this.queue.pair(entry);
    const left = this.pairs.left[pair]!;
    const right = this.pairs.right[pair]!;
    const from = this.queue.from(entry);
    const to = from + this.queue.length(entry);
    // Hugging Face's entry holds words, in each of which it merges the pair wherever it is. That is another set than
    // the entry's places where the pair was queued twice (by way of a reused id) or where it was not always booked.
    if (this.pairs.queued[pair] === 1 && this.#maxLength === Number.POSITIVE_INFINITY) {
      for (let i = from; i < to; i++) this.#mergeAt(this.#places[i]!, left, right, id);
    } else {
      let done = -1;
      for (const place of this.#places.slice(from, to).sort()) {
        const word = this.#words.wordAt(place);
        if (word > done) this.#mergeWord(word, left, right, id);
        done = word;
      }
    }
    this.#book(left, right, id);
  }

  #mergeWord(word: number, left: number, right: number, id: number): void {
    const words = this.#words;
    for (let at = words.start(word); words.symbols[at]! >= 0; at = words.next(at)) this.#mergeAt(at, left, right, id);
  }

  #mergeAt(place: number, left: number, right: number, id: number): void {
    const words = this.#words;
    const { symbols } = words;
    if (symbols[place] !== left) return;
    const second = words.next(place);
    if (symbols[second] !== right) return;
    const end = words.next(second);
    const before = words.previous(place);
    const previous = symbols[before]!;
    const next = symbols[end]!;
    words.join(place, second, id);
    if (previous < 0 && next < 0) return;
    const count = words.countAt(end);
    const limited = this.#maxLength !== Number.POSITIVE_INFINITY;
    if (previous >= 0) {
      this.#lose(previous, count);
      if (!limited || end - before < this.#maxLength) this.#gain(previous, before, count);
    }
    if (next >= 0) {
      const neighbour = this.#idLimit + next;
      this.#lose(neighbour, count);
      // The pair (id, id) has one list of places, whichever of the two is new.
      if (!limited || words.next(end) - place < this.#maxLength) this.#gain(next === id ? id : neighbour, place, count);
    }
  }

  #lose(neighbour: number, count: number): void {
    if (this.#lost[neighbour] === 0 && this.#gained[neighbour] === 0) this.#touched[this.#touchedCount++] = neighbour;
    this.#lost[neighbour]! += count;
  }

  #gain(neighbour: number, place: number, count: number): void {
    if (this.#lost[neighbour] === 0 && this.#gained[neighbour] === 0) this.#touched[this.#touchedCount++] = neighbour;
    this.#gained[neighbour]! += count;
    this.#seen[neighbour]!++;
    const at = this.#newCount++;
    if (at === this.#newPlaces.length) {
      this.#newPlaces = enlarged(this.#newPlaces, at * 2);
      this.#newNeighbours = enlarged(this.#newNeighbours, at * 2);
    }
    this.#newPlaces[at] = place;
    this.#newNeighbours[at] = neighbour;
  }

  /** Writes the sums of the merge into the table of pairs and queues the pairs that grew. */
  #book(left: number, right: number, id: number): void {
    const { pairs } = this;
    const limit = this.#idLimit;
    const touched = this.#touched;
    const touchedCount = this.#touchedCount;
    const grown = this.#grown;
    for (let i = 0; i < touchedCount; i++) {
      const neighbour = touched[i]!;
      grown[i] = -1;
      const isLeft = neighbour < limit;
      const other = isLeft ? neighbour : neighbour - limit;
      const gained = this.#gained[neighbour]!;
      if (gained > 0) {
        const first = isLeft ? other : id;
        const second = isLeft ? id : other;
        grown[i] = gained < this.#least ? pairs.find(first, second) : pairs.index(first, second);
        if (grown[i]! >= 0) pairs.count[grown[i]!]! += gained;
      }
    }
    // After the gains: a pair that this merge makes and unmakes must be there to lose.
    for (let i = 0; i < touchedCount; i++) {
      const neighbour = touched[i]!;
      const lost = this.#lost[neighbour]!;
      const first = neighbour < limit ? neighbour : right;
      const second = neighbour < limit ? left : neighbour - limit;
      // A pair that was too long to be booked goes below 0, as in Hugging Face's.
      const pair = lost === 0 ? -1 : this.#frequentOnly ? pairs.find(first, second) : pairs.index(first, second);
      if (pair >= 0) pairs.count[pair]! -= lost;
      this.#lost[neighbour] = 0;
      this.#gained[neighbour] = 0;
    }
    if (this.#placesUsed + this.#newCount > this.#places.length) this.#clearOut(this.#newCount);
    for (let i = 0; i < touchedCount; i++) {
      const neighbour = touched[i]!;
      const seen = this.#seen[neighbour]!;
      this.#seen[neighbour] = -1; // not queued
      const pair = grown[i]!;
      if (pair < 0) continue;
      pairs.queued[pair] = pairs.queued[pair] === 0 ? 1 : 2;
      if (pairs.count[pair]! < this.#least) continue;
      this.queue.add(pair, pairs.count[pair]!, this.#placesUsed, seen);
      this.#seen[neighbour] = this.#placesUsed;
      this.#placesUsed += seen;
    }
    for (let i = 0; i < this.#newCount; i++) {
      const neighbour = this.#newNeighbours[i]!;
      if (this.#seen[neighbour]! >= 0) this.#places[this.#seen[neighbour]!++] = this.#newPlaces[i]!;
    }
    for (let i = 0; i < touchedCount; i++) this.#seen[touched[i]!] = 0;
    this.#touchedCount = 0;
    this.#newCount = 0;
  }

  /** Drops places where the pair of their entry is no more, and makes room for `needed` more. */
  #clearOut(needed: number): void {
    const { pairs } = this;
    const words = this.#words;
    const places = this.#places;
    let to = 0;
    this.queue.compact((pair, from, length) => {
      const left = pairs.left[pair]!;
      const right = pairs.right[pair]!;
      const start = to;
      for (let i = from; i < from + length; i++) {
        const place = places[i]!;
        if (words.symbols[place] === left && words.symbols[words.next(place)] === right) places[to++] = place;
      }
      return to - start;
    });
    this.#placesUsed = to;
    // Clearing out again soon would cost more than memory.
    const wanted = Math.ceil((to + needed) * 1.25);
    if (wanted > places.length) this.#places = enlarged(places.subarray(0, to), wanted);
  }
}
