/**
 * Distinct words of a corpus and how often each occurs: a hash table of byte strings in typed arrays, so that millions of
 * words are no garbage, move between threads as one buffer, and lie on disk as they are. Knows bytes, nothing of text.
 */
import { invariant } from '../../core/index.ts';

/** Marks a serialized table: 'AWT1' as a little-endian number. */
const magic = 0x31545741;
const headerBytes = 32;

export class WordTable {
  /** Number of distinct words; words are numbered in the order in which they came first. */
  size = 0;
  /** How often word i occurs; doubles are exact up to 2⁵³. */
  counts = new Float64Array(1 << 10);
  /** Word i is `arena[ends[i - 1], ends[i])`. */
  ends = new Uint32Array(1 << 10);
  arena = new Uint8Array(1 << 14);
  #hashes = new Int32Array(1 << 10);
  #slots = new Int32Array(1 << 12).fill(-1);
  #mask = (1 << 12) - 1;

  /** Counts `bytes[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number, times = 1): void {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    this.#addHashed(bytes, start, end, hash, times);
  }

  /** Adds another table's counts. */
  addTable(other: WordTable): void {
    for (let i = 0; i < other.size; i++)
      this.#addHashed(other.arena, other.start(i), other.ends[i]!, other.#hashes[i]!, other.counts[i]!);
  }

  /** Where word i begins in the arena. */
  start(i: number): number {
    return i === 0 ? 0 : this.ends[i - 1]!;
  }

  /** Bytes of word i; a view, valid until the next word is added. */
  bytes(i: number): Uint8Array {
    return this.arena.subarray(this.start(i), this.ends[i]);
  }

  /** Bytes of all words together. */
  get totalBytes(): number {
    return this.size === 0 ? 0 : this.ends[this.size - 1]!;
  }

  /** Word numbers ordered by the words' bytes (which is the order of code points): independent of how they came. */
  order(): Int32Array {
    const { arena, ends } = this;
    return Int32Array.from({ length: this.size }, (_, i) => i).sort((a, b) => {
      let i = this.start(a);
      let j = this.start(b);
      const iEnd = ends[a]!;
      const jEnd = ends[b]!;
      while (i < iEnd && j < jEnd) {
        const difference = arena[i++]! - arena[j++]!;
        if (difference !== 0) return difference;
      }
      return iEnd - i - (jEnd - j);
    });
  }

  /** The words as text with their counts, in byte order. */
  *entries(): Generator<readonly [string, number]> {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (const i of this.order()) yield [decoder.decode(this.bytes(i)), this.counts[i]!];
  }

  /** The whole table as one buffer, which may be transferred or written to a file. */
  serialize(): Uint8Array<ArrayBuffer> {
    const { size, totalBytes } = this;
    const buffer = new Uint8Array(headerBytes + size * 16 + totalBytes);
    const view = new DataView(buffer.buffer);
    view.setUint32(0, magic, true);
    view.setFloat64(8, size, true);
    view.setFloat64(16, totalBytes, true);
    new Float64Array(buffer.buffer, headerBytes, size).set(this.counts.subarray(0, size));
    new Uint32Array(buffer.buffer, headerBytes + size * 8, size).set(this.ends.subarray(0, size));
    new Int32Array(buffer.buffer, headerBytes + size * 12, size).set(this.#hashes.subarray(0, size));
    buffer.set(this.arena.subarray(0, totalBytes), headerBytes + size * 16);
    return buffer;
  }

  /** @param buffer what `serialize` gave, at the start of an ArrayBuffer. Byte order is that of the machine. */
  static deserialize(buffer: Uint8Array<ArrayBuffer>): WordTable {
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    invariant(buffer.byteOffset % 8 === 0 && view.getUint32(0, true) === magic, 'not a table of words');
    const size = view.getFloat64(8, true);
    const totalBytes = view.getFloat64(16, true);
    invariant(buffer.length === headerBytes + size * 16 + totalBytes, 'a table of words of another length');
    const at = buffer.byteOffset + headerBytes;
    const table = new WordTable();
    table.size = size;
    table.counts = new Float64Array(buffer.buffer, at, size);
    table.ends = new Uint32Array(buffer.buffer, at + size * 8, size);
    table.#hashes = new Int32Array(buffer.buffer, at + size * 12, size);
    table.arena = buffer.subarray(headerBytes + size * 16);
    table.#rehash(2 ** Math.ceil(Math.log2(size * 2 + 16)));
    return table;
  }

  #addHashed(bytes: Uint8Array, start: number, end: number, hash: number, times: number): void {
    const length = end - start;
    let slot = hash & this.#mask;
    for (let word = this.#slots[slot]!; word !== -1; word = this.#slots[slot]!) {
      if (this.#hashes[word] === hash && this.#equals(word, bytes, start, length)) {
        this.counts[word]! += times;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = this.#append(bytes, start, end, hash, times);
    if (this.size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
  }

  #equals(word: number, bytes: Uint8Array, start: number, length: number): boolean {
    const { arena, ends } = this;
    const from = word === 0 ? 0 : ends[word - 1]!;
    if (ends[word]! - from !== length) return false;
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number, hash: number, times: number): number {
    const word = this.size++;
    if (word >= this.ends.length) this.#growColumns();
    const from = word === 0 ? 0 : this.ends[word - 1]!;
    const to = from + end - start;
    if (to > this.arena.length) this.#growArena(to);
    const { arena } = this;
    if (end - start > 64) arena.set(bytes.subarray(start, end), from);
    else for (let i = start, at = from; i < end; i++) arena[at++] = bytes[i]!;
    this.ends[word] = to;
    this.#hashes[word] = hash;
    this.counts[word] = times;
    return word;
  }

  #growColumns(): void {
    const length = this.ends.length * 2 + 16;
    const counts = new Float64Array(length);
    const ends = new Uint32Array(length);
    const hashes = new Int32Array(length);
    counts.set(this.counts);
    ends.set(this.ends);
    hashes.set(this.#hashes);
    [this.counts, this.ends, this.#hashes] = [counts, ends, hashes];
  }

  #growArena(least: number): void {
    invariant(least <= 0xffffffff, 'more than 4 GiB of distinct words');
    const arena = new Uint8Array(Math.min(0xffffffff, Math.max(least, this.arena.length * 2)));
    arena.set(this.arena);
    this.arena = arena;
  }

  #rehash(length: number): void {
    const slots = new Int32Array(length).fill(-1);
    const mask = length - 1;
    for (let word = 0; word < this.size; word++) {
      let slot = this.#hashes[word]! & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = word;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
