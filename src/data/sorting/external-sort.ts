/**
 * Sorts more fixed-size records (of 32-bit unsigned words) than fit in memory: sorted runs on the disk, merged. Stable:
 * equal keys stay in the order in which they were added, whatever the memory. What fits in memory touches no disk.
 * Memory: as given, all in all (at least some 100 KiB). Disk: the records, twice where there are very many runs.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';
import { radixSort } from './radix-sort.ts';

export interface ExternalSortOptions {
  /** Words of a record. */
  readonly width: number;
  /** Leading words that are compared. */
  readonly keys: number;
  readonly memoryBytes: number;
  readonly directory: string;
  /** Of the files in it; unique there. */
  readonly name: string;
}

/** Sorted records: `words` holds `count` of them, valid until the next batch is asked for. */
export interface SortedBatch {
  readonly words: Uint32Array;
  readonly count: number;
}

interface Run {
  readonly path: string;
  /** Words. */
  readonly length: number;
}

const leastBlock = 1 << 13; // bytes read at once in a merge

export class ExternalSort {
  readonly #options: ExternalSortOptions;
  readonly #capacity: number; // words
  #records: Uint32Array;
  #length = 0;
  #runs: Run[] = [];
  #files = 0;
  /** Records added. */
  count = 0;

  constructor(options: ExternalSortOptions) {
    this.#options = options;
    const { width, memoryBytes } = options;
    this.#capacity = Math.max(1024, Math.floor(memoryBytes / 8 / width)) * width;
    this.#records = new Uint32Array(Math.min(this.#capacity, 4096 * width));
  }

  /** Adds the record at `words[at …]`. */
  add(words: ArrayLike<number>, at = 0): void {
    const { width } = this.#options;
    if (this.#length === this.#records.length) this.#makeRoom();
    for (let i = 0; i < width; i++) this.#records[this.#length + i] = words[at + i]!;
    this.#length += width;
    this.count++;
  }

  /** All records in order; ends the use of the sorter. */
  *sorted(): Generator<SortedBatch> {
    const { width, memoryBytes } = this.#options;
    if (this.#runs.length === 0) {
      const words = this.#sort();
      this.#records = new Uint32Array(0);
      if (this.#length > 0) yield { words, count: this.#length / width };
      return;
    }
    if (this.#length > 0) this.#writeRun();
    this.#records = new Uint32Array(0);
    const fan = Math.max(2, Math.min(512, Math.floor(memoryBytes / leastBlock) - 1));
    while (this.#runs.length > fan) {
      const merged: Run[] = [];
      for (let i = 0; i < this.#runs.length; i += fan) merged.push(this.#mergeToRun(this.#runs.slice(i, i + fan)));
      this.#runs = merged;
    }
    yield* this.#merge(this.#runs);
    this.#runs = [];
  }

  /** Deletes what lies on the disk. */
  dispose(): void {
    for (const { path } of this.#runs) unlinkSync(path);
    this.#runs = [];
  }

  #makeRoom(): void {
    if (this.#records.length < this.#capacity) {
      const larger = new Uint32Array(Math.min(this.#capacity, this.#records.length * 2));
      larger.set(this.#records);
      this.#records = larger;
    } else this.#writeRun();
  }

  #sort(): Uint32Array {
    const { width, keys } = this.#options;
    return radixSort(this.#records, new Uint32Array(this.#length), { count: this.#length / width, width, keys });
  }

  #nextPath(): string {
    return join(this.#options.directory, `${this.#options.name}-${this.#files++}.run`);
  }

  #writeRun(): void {
    const words = this.#sort();
    const path = this.#nextPath();
    const file = openWrite(path);
    try {
      writeWords(file, path, words, this.#length);
    } finally {
      closeSync(file);
    }
    this.#runs.push({ path, length: this.#length });
    this.#length = 0;
  }

  #mergeToRun(runs: readonly Run[]): Run {
    if (runs.length === 1) return runs[0]!;
    const path = this.#nextPath();
    const file = openWrite(path);
    let length = 0;
    try {
      for (const { words, count } of this.#merge(runs)) {
        writeWords(file, path, words, count * this.#options.width);
        length += count * this.#options.width;
      }
    } finally {
      closeSync(file);
    }
    return { path, length };
  }

  *#merge(runs: readonly Run[]): Generator<SortedBatch> {
    const { width, keys, memoryBytes } = this.#options;
    const blockBytes = Math.max(leastBlock, Math.min(1 << 20, Math.floor(memoryBytes / (runs.length + 1))));
    const block = Math.max(1, Math.floor(blockBytes / 4 / width)) * width;
    const readers = runs.map((run) => new RunReader(run, block));
    try {
      const heap = new MergeHeap(
        readers.filter((reader) => !reader.done),
        keys,
      );
      const out = new Uint32Array(block);
      let filled = 0;
      for (let reader = heap.first; reader; reader = heap.first) {
        const { words, at } = reader;
        for (let i = 0; i < width; i++) out[filled + i] = words[at + i]!;
        filled += width;
        reader.advance(width);
        heap.settle();
        if (filled === block) {
          yield { words: out, count: filled / width };
          filled = 0;
        }
      }
      if (filled > 0) yield { words: out, count: filled / width };
    } finally {
      for (const reader of readers) reader.close();
    }
  }
}

/** One run, read block by block; the file is deleted when it is closed. */
class RunReader {
  words: Uint32Array;
  /** Place of the current record in `words`. */
  at = 0;
  done = false;
  readonly order: number;
  readonly #path: string;
  readonly #file: number;
  readonly #block: number;
  #left: number;
  #filled = 0;

  static #orders = 0;

  constructor({ path, length }: Run, block: number) {
    this.#path = path;
    this.#left = length;
    this.#block = block;
    this.words = new Uint32Array(Math.min(block, length));
    // Runs are opened in the order in which they were written.
    this.order = RunReader.#orders++;
    try {
      this.#file = openSync(path, 'r');
    } catch (error) {
      throw ioError(error, path, 'read');
    }
    this.#fill();
  }

  advance(width: number): void {
    this.at += width;
    if (this.at >= this.#filled) this.#fill();
  }

  #fill(): void {
    this.#filled = Math.min(this.#block, this.#left);
    this.#left -= this.#filled;
    this.at = 0;
    if (this.#filled === 0) {
      this.done = true;
      return;
    }
    const bytes = new Uint8Array(this.words.buffer, 0, this.#filled * 4);
    try {
      for (let done = 0; done < bytes.length; ) {
        const n = readSync(this.#file, bytes, done, bytes.length - done, null);
        if (n === 0) throw new AthanorError('bad-file', `${this.#path} ends early`, { place: this.#path });
        done += n;
      }
    } catch (error) {
      throw ioError(error, this.#path, 'read');
    }
  }

  close(): void {
    closeSync(this.#file);
    unlinkSync(this.#path);
  }
}

/** The reader with the least record on top. */
class MergeHeap {
  readonly #heap: RunReader[];
  readonly #keys: number;

  constructor(readers: RunReader[], keys: number) {
    this.#heap = readers;
    this.#keys = keys;
    for (let i = (readers.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  get first(): RunReader | undefined {
    return this.#heap[0];
  }

  /** After the first reader moved on. */
  settle(): void {
    if (this.#heap[0]!.done) {
      const last = this.#heap.pop()!;
      if (this.#heap.length === 0) return;
      this.#heap[0] = last;
    }
    this.#sink(0);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const reader = heap[start]!;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, reader)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = reader;
  }

  #before(a: RunReader, b: RunReader): boolean {
    for (let i = 0; i < this.#keys; i++) {
      const left = a.words[a.at + i]!;
      const right = b.words[b.at + i]!;
      if (left !== right) return left < right;
    }
    return a.order < b.order;
  }
}

function openWrite(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw ioError(error, path, 'write');
  }
}

function writeWords(file: number, path: string, words: Uint32Array, length: number): void {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, length * 4);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
  } catch (error) {
    throw ioError(error, path, 'write');
  }
}
