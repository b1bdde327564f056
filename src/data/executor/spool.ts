/**
 * The documents between two phases, on the disk: JSON Lines, with the place of every document, cut into blocks; and, where
 * a survey follows, its scan records. Files only grow, so that a checkpoint is their lengths.
 */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';
import type { Document } from '../document.ts';
import type { ScanRecord } from '../step.ts';

/** A file that is appended to and cut back to a checkpoint. @throws AthanorError('io') */
export class GrowingFile {
  readonly path: string;
  readonly #fd: number;
  length: number;

  /** @param length what a checkpoint says; the rest is cut off */
  constructor(path: string, length = 0) {
    this.path = path;
    this.length = length;
    try {
      this.#fd = openSync(path, length === 0 ? 'w' : 'r+');
      const found = fstatSync(this.#fd).size;
      if (found < length) {
        throw new AthanorError('bad-file', `${path} has ${found} bytes, its checkpoint says ${length}`, {
          place: path,
          hint: 'Delete the directory it lies in and run the command again.',
        });
      }
      ftruncateSync(this.#fd, length);
    } catch (error) {
      throw ioError(error, path, 'write');
    }
  }

  append(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.length + done);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.length += bytes.length;
  }

  sync(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A stretch of a spool that one thread takes at once. */
export interface SpoolBlock {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** Number of its first document. */
  readonly first: number;
}

export interface SpoolState {
  readonly documents: number;
  readonly bytes: number;
  readonly blocks: number;
  readonly recordBytes: number;
}

export const emptySpool: SpoolState = { documents: 0, bytes: 0, blocks: 0, recordBytes: 0 };

const newline = 0x0a;

/** Writes a spool. */
export class SpoolWriter {
  readonly #lines: GrowingFile;
  /** Where each document begins, as float64. */
  readonly #offsets: GrowingFile;
  /** Each block's start and first document, as float64. */
  readonly #blocks: GrowingFile;
  readonly #records: GrowingFile;
  #documents: number;

  constructor(base: string, state: SpoolState = emptySpool) {
    this.#lines = new GrowingFile(`${base}.jsonl`, state.bytes);
    this.#offsets = new GrowingFile(`${base}.offsets`, state.documents * 8);
    this.#blocks = new GrowingFile(`${base}.blocks`, state.blocks * 16);
    this.#records = new GrowingFile(`${base}.records`, state.recordBytes);
    this.#documents = state.documents;
  }

  get state(): SpoolState {
    return {
      documents: this.#documents,
      bytes: this.#lines.length,
      blocks: this.#blocks.length / 16,
      recordBytes: this.#records.length,
    };
  }

  /** Adds a block of whole lines. */
  add(lines: Uint8Array, documents: number, records: Uint8Array | undefined): void {
    if (documents === 0) return;
    const offsets = new Float64Array(documents);
    let at = 0;
    for (let i = 0; i < documents; i++) {
      offsets[i] = this.#lines.length + at;
      at = lines.indexOf(newline, at) + 1;
    }
    this.#blocks.append(bytesOf(Float64Array.of(this.#lines.length, this.#documents)));
    this.#lines.append(lines);
    this.#offsets.append(bytesOf(offsets));
    if (records) this.#records.append(records);
    this.#documents += documents;
  }

  sync(): void {
    for (const file of this.#files()) file.sync();
  }

  close(): void {
    for (const file of this.#files()) file.close();
  }

  #files(): GrowingFile[] {
    return [this.#lines, this.#offsets, this.#blocks, this.#records];
  }
}

const bytesOf = (numbers: Float64Array): Uint8Array => new Uint8Array(numbers.buffer);

export const spoolFiles = (base: string): string[] =>
  ['jsonl', 'offsets', 'blocks', 'records'].map((ending) => `${base}.${ending}`);

/** Reads a finished spool. Holds 16 bytes a block in memory. */
export class SpoolReader {
  readonly documents: number;
  readonly #base: string;
  readonly #state: SpoolState;
  readonly #blocks: Float64Array;
  #lines: number | undefined;
  #offsets: number | undefined;

  constructor(base: string, state: SpoolState) {
    this.#base = base;
    this.#state = state;
    this.documents = state.documents;
    this.#blocks = numbersOf(readAll(`${base}.blocks`, state.blocks * 16));
  }

  *blocks(): Generator<SpoolBlock> {
    for (let i = 0; i < this.#state.blocks; i++) yield this.#block(i);
  }

  /** All documents, in order. */
  *stream(): Generator<Document> {
    for (const block of this.blocks()) yield* readBlock(block);
  }

  /** Documents by their numbers. */
  read(numbers: readonly number[]): Document[] {
    this.#lines ??= openFile(`${this.#base}.jsonl`);
    this.#offsets ??= openFile(`${this.#base}.offsets`);
    return numbers.map((number) => {
      const last = number + 1 === this.documents;
      const place = numbersOf(readAt(this.#offsets!, `${this.#base}.offsets`, number * 8, last ? 8 : 16));
      const end = last ? this.#state.bytes : place[1]!;
      return JSON.parse(
        readAt(this.#lines!, `${this.#base}.jsonl`, place[0]!, end - place[0]!).toString('utf8'),
      ) as Document;
    });
  }

  /** The scan records, in order. */
  async *records(): AsyncGenerator<ScanRecord[]> {
    const path = `${this.#base}.records`;
    const fd = openFile(path);
    try {
      let number = 0;
      let buffer = Buffer.alloc(1 << 20);
      let length = 0;
      for (let at = 0; at < this.#state.recordBytes; ) {
        const wanted = Math.min(buffer.length - length, this.#state.recordBytes - at);
        readAt(fd, path, at, wanted).copy(buffer, length);
        at += wanted;
        length += wanted;
        const batch: ScanRecord[] = [];
        let done = 0;
        while (length - done >= 4) {
          const size = buffer.readUInt32LE(done);
          if (length - done - 4 < size) break;
          // No Buffer: its `slice` would be a view.
          const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + done + 4, size);
          batch.push({ number: number++, bytes });
          done += 4 + size;
        }
        yield batch;
        const rest = buffer.subarray(done, length);
        if (done === 0)
          buffer = Buffer.concat([rest, Buffer.alloc(buffer.length)]); // a record longer than the buffer
        else rest.copy(buffer);
        length = rest.length;
      }
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    if (this.#lines !== undefined) closeSync(this.#lines);
    if (this.#offsets !== undefined) closeSync(this.#offsets);
    this.#lines = undefined;
    this.#offsets = undefined;
  }

  #block(i: number): SpoolBlock {
    const blocks = this.#blocks;
    return {
      path: `${this.#base}.jsonl`,
      start: blocks[2 * i]!,
      end: i + 1 < this.#state.blocks ? blocks[2 * i + 2]! : this.#state.bytes,
      first: blocks[2 * i + 1]!,
    };
  }
}

/** The documents of a block. Runs on any thread. */
export function* readBlock({ path, start, end }: SpoolBlock): Generator<Document> {
  const fd = openFile(path);
  let bytes: Buffer;
  try {
    bytes = readAt(fd, path, start, end - start);
  } finally {
    closeSync(fd);
  }
  for (let at = 0; at < bytes.length; ) {
    const stop = bytes.indexOf(newline, at);
    yield JSON.parse(bytes.toString('utf8', at, stop)) as Document;
    at = stop + 1;
  }
}

const numbersOf = (bytes: Buffer): Float64Array =>
  new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}

function readAll(path: string, length: number): Buffer {
  const fd = openFile(path);
  try {
    return readAt(fd, path, 0, length);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, path: string, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  try {
    for (let done = 0; done < length; ) {
      const n = readSync(fd, bytes, done, length - done, position + done);
      if (n === 0)
        throw new AthanorError('bad-file', `${path} ends at ${position + done}, expected more`, { place: path });
      done += n;
    }
  } catch (error) {
    throw ioError(error, path, 'read');
  }
  return bytes;
}
