/**
 * Fixed-size byte records by number: appended in order, then read in any order. As many pages as the memory allows stay
 * there; the rest lies in a file.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';

export interface PagedRecordsOptions {
  readonly recordBytes: number;
  readonly memoryBytes: number;
  /** Written only where the memory does not suffice. */
  readonly path: string;
}

export class PagedRecords {
  readonly #recordBytes: number;
  readonly #perPage: number;
  readonly #most: number;
  readonly #path: string;
  /** Least recently used first. */
  readonly #pages = new Map<number, Uint8Array>();
  #newest: Uint8Array | undefined;
  #file: number | undefined;
  #written = 0;
  count = 0;

  constructor({ recordBytes, memoryBytes, path }: PagedRecordsOptions) {
    this.#recordBytes = recordBytes;
    this.#perPage = Math.max(1, Math.floor((1 << 15) / recordBytes));
    this.#most = Math.max(2, Math.floor(memoryBytes / (this.#perPage * recordBytes)));
    this.#path = path;
  }

  append(record: Uint8Array): void {
    const place = this.count % this.#perPage;
    if (place === 0) this.#startPage();
    this.#newest!.set(record, place * this.#recordBytes);
    this.count++;
  }

  /** The record's bytes, to be read at once and not kept. */
  at(number: number): Uint8Array {
    const index = Math.floor(number / this.#perPage);
    const start = (number % this.#perPage) * this.#recordBytes;
    return this.#page(index).subarray(start, start + this.#recordBytes);
  }

  dispose(): void {
    this.#pages.clear();
    if (this.#file === undefined) return;
    closeSync(this.#file);
    unlinkSync(this.#path);
    this.#file = undefined;
  }

  #startPage(): void {
    const index = this.count / this.#perPage;
    if (this.#file !== undefined) this.#write(index - 1);
    else if (this.#pages.size === this.#most) {
      try {
        this.#file = openSync(this.#path, 'w+');
      } catch (error) {
        throw ioError(error, this.#path, 'write');
      }
      for (let i = 0; i < index; i++) this.#write(i);
    }
    this.#newest = new Uint8Array(this.#perPage * this.#recordBytes);
    this.#keep(index, this.#newest);
  }

  #keep(index: number, page: Uint8Array): void {
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size < this.#most) break;
      this.#pages.delete(oldest);
    }
    this.#pages.set(index, page);
  }

  #write(index: number): void {
    const page = this.#pages.get(index)!;
    try {
      for (let done = 0; done < page.length; )
        done += writeSync(this.#file!, page, done, page.length - done, index * page.length + done);
    } catch (error) {
      throw ioError(error, this.#path, 'write');
    }
    this.#written = index + 1;
  }

  #page(index: number): Uint8Array {
    const known = this.#pages.get(index);
    if (known) {
      if (this.#file !== undefined) {
        this.#pages.delete(index);
        this.#pages.set(index, known);
      }
      return known;
    }
    const last = Math.floor((this.count - 1) / this.#perPage);
    if (this.#written <= last && this.#pages.has(last)) this.#write(last);
    const page = new Uint8Array(this.#perPage * this.#recordBytes);
    try {
      for (let done = 0; done < page.length; ) {
        const n = readSync(this.#file!, page, done, page.length - done, index * page.length + done);
        if (n === 0) throw new AthanorError('bad-file', `${this.#path} ends early`, { place: this.#path });
        done += n;
      }
    } catch (error) {
      throw ioError(error, this.#path, 'read');
    }
    this.#keep(index, page);
    return page;
  }
}
