/**
 * Pages of an API on disk: `records.jsonl` with what they hold, `pages.jsonl` with a line a page, written after its
 * records are safe. Killed anywhere, it goes on behind the last page of that log.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { ioError, makeDirectory } from '../../core/node.ts';
import type { PageRequest } from './paging.ts';

export interface StoredPage {
  readonly request: PageRequest;
  readonly etag?: string | undefined;
  /** Its part of records.jsonl. */
  readonly start: number;
  readonly end: number;
  readonly records: number;
  /** null: this is the last page. */
  readonly next: PageRequest | null;
}

export class PageStore {
  readonly directory: string;
  readonly records: string;
  private readonly log: string;
  private logBytes = 0;
  readonly pages: StoredPage[] = [];

  constructor(directory: string) {
    this.directory = directory;
    this.records = join(directory, 'records.jsonl');
    this.log = join(directory, 'pages.jsonl');
    this.load();
  }

  get complete(): boolean {
    return this.pages.at(-1)?.next === null;
  }

  get bytes(): number {
    return this.pages.at(-1)?.end ?? 0;
  }

  /** Adds a page; returns once it is on the disk. @param lines its records, a JSON text each */
  add(page: Omit<StoredPage, 'start' | 'end' | 'records'>, lines: readonly string[]): void {
    const start = this.bytes;
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const stored: StoredPage = { ...page, start, end: start + text.length, records: lines.length };
    try {
      makeDirectory(this.directory);
      put(this.records, start, text);
      const line = Buffer.from(`${JSON.stringify(stored)}\n`);
      put(this.log, this.logBytes, line);
      this.logBytes += line.length;
    } catch (error) {
      throw ioError(error, this.directory, 'write');
    }
    this.pages.push(stored);
  }

  /** The records of a page, as lines. */
  linesOf({ start, end }: StoredPage): string[] {
    const bytes = Buffer.alloc(end - start);
    const fd = openSync(this.records, 'r');
    try {
      for (let done = 0; done < bytes.length; ) {
        const n = readSync(fd, bytes, done, bytes.length - done, start + done);
        if (n === 0) break;
        done += n;
      }
    } finally {
      closeSync(fd);
    }
    return bytes.toString().split('\n').slice(0, -1);
  }

  private load(): void {
    if (!existsSync(this.log) || !existsSync(this.records)) return;
    const size = statSync(this.records).size;
    for (const line of readFileSync(this.log, 'utf8').split('\n').slice(0, -1)) {
      const page = parse(line);
      if (page === undefined || page.start !== this.bytes || page.end > size) break;
      this.pages.push(page);
      this.logBytes += Buffer.byteLength(line) + 1;
    }
  }
}

function parse(line: string): StoredPage | undefined {
  try {
    return JSON.parse(line) as StoredPage;
  } catch {
    return undefined; // Half a line: the process was killed while it wrote.
  }
}

/** Writes at a place, cuts off what is behind, and waits for the disk. */
function put(path: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(path, existsSync(path) ? 'r+' : 'w');
  try {
    ftruncateSync(fd, at);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The records of a complete store. @throws AthanorError('not-found') before it was fetched */
export function completeRecords(directory: string, what: string): string {
  const store = new PageStore(directory);
  if (store.complete) return store.records;
  throw new AthanorError('not-found', `${what} was not fetched yet`, {
    place: directory,
    hint: 'Build the dataset with network access once; afterwards the cache is enough.',
  });
}
