/**
 * The WARC files of a crawl: `<name>-00000.warc.gz` and so on, begun anew past a length. Where records end is remembered
 * by the log of pages; what lies behind is cut off when a crawl goes on.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../../core/node.ts';
import { type Fields, fieldNamed } from '../warc/fields.ts';
import { readHttpHead } from '../warc/http.ts';
import { readWarc } from '../warc/read.ts';
import { WarcWriter, type WrittenRecord } from '../warc/write.ts';
import type { Exchange } from './fetcher.ts';
import type { Answer } from './page.ts';

/** A place in the archive: number of the file, offset. */
export interface ArchivePlace {
  readonly file: number;
  readonly offset: number;
}

/** Where the records of one exchange lie. */
export interface ArchivedExchange {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly record: WrittenRecord;
}

/** What a revisit says is still true. */
export interface Original {
  readonly id: string;
  readonly url: string;
  readonly date: string;
  readonly payloadDigest: string;
}

export interface ArchiveOptions {
  readonly directory: string;
  readonly name: string;
  readonly rotateBytes: number;
  /** For the `warcinfo` record. */
  readonly info: Readonly<Record<string, string>>;
}

export class Archive {
  private readonly options: ArchiveOptions;
  private file: number;
  private writer: WarcWriter | undefined;
  private from: number;

  /** Goes on at a place: later files are removed, the rest of this one is cut off with the first record. */
  constructor(options: ArchiveOptions, place: ArchivePlace) {
    this.options = options;
    this.file = place.file;
    this.from = place.offset;
    for (const { number, path } of archiveFiles(options.directory, options.name)) {
      if (number > place.file || (number === place.file && place.offset === 0)) remove(path);
    }
    // At once, so that the archive is whole also where nothing more is written.
    if (place.offset > 0) this.open();
  }

  get place(): ArchivePlace {
    return { file: this.file, offset: this.writer?.offset ?? this.from };
  }

  /** Request and response. */
  write(exchange: Exchange): ArchivedExchange {
    return this.put(exchange, (writer, concurrentTo) =>
      writer.writeResponse({
        ...responseOf(exchange),
        body: exchange.body,
        concurrentTo,
        ...(isChunked(exchange.headers) ? { undone: ['transfer-encoding'] as const } : {}),
        ...(exchange.truncated ? { truncated: exchange.truncated } : {}),
      }),
    );
  }

  /** Request and revisit: the body is what it was. */
  writeRevisit(exchange: Exchange, because: 'not-modified' | 'same-payload', of: Original): ArchivedExchange {
    return this.put(exchange, (writer, concurrentTo) =>
      writer.writeRevisit({ ...responseOf(exchange), concurrentTo, because, of }),
    );
  }

  private put(
    exchange: Exchange,
    answer: (writer: WarcWriter, concurrentTo: string) => WrittenRecord,
  ): ArchivedExchange {
    const writer = this.open();
    const start = writer.offset;
    const request = writer.writeRequest({
      url: exchange.url,
      date: exchange.date,
      startLine: exchange.requestLine,
      headers: exchange.requestHeaders,
      ip: exchange.ip,
    });
    const record = answer(writer, request.id);
    const found = { file: this.file, start, end: writer.offset, record };
    if (writer.offset >= this.options.rotateBytes) this.next();
    return found;
  }

  private open(): WarcWriter {
    if (this.writer) return this.writer;
    const path = archivePath(this.options.directory, this.options.name, this.file);
    this.writer = new WarcWriter(path, { from: this.from });
    if (this.from === 0) this.writer.writeInfo(this.options.info, new Date());
    return this.writer;
  }

  private next(): void {
    this.writer?.close();
    this.writer = undefined;
    this.file++;
    this.from = 0;
  }

  sync(): void {
    this.writer?.sync();
  }

  close(): void {
    this.writer?.close();
    this.writer = undefined;
  }
}

function responseOf(exchange: Exchange) {
  const { url, date, statusLine: startLine, headers, ip } = exchange;
  return { url, date, startLine, headers, ip };
}

function isChunked(headers: Fields): boolean {
  return fieldNamed(headers, 'transfer-encoding') !== undefined;
}

export function archivePath(directory: string, name: string, file: number): string {
  return join(directory, `${name}-${String(file).padStart(5, '0')}.warc.gz`);
}

/** The archive's files that are there, in order. */
export function archiveFiles(directory: string, name: string): { number: number; path: string; bytes: number }[] {
  if (!existsSync(directory)) return [];
  const prefix = `${name}-`;
  return readdirSync(directory)
    .filter((file) => file.startsWith(prefix) && /^\d{5,}\.warc\.gz$/.test(file.slice(prefix.length)))
    .map((file) => ({ number: Number.parseInt(file.slice(prefix.length), 10), path: join(directory, file) }))
    .map((file) => ({ ...file, bytes: statSync(file.path).size }))
    .sort((a, b) => a.number - b.number);
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw ioError(error, path, 'remove');
  }
}

/** Reads an answer back. @returns undefined where the archive has none that is whole there */
export async function readArchived(path: string, start: number, end: number): Promise<Answer | undefined> {
  for await (const record of readWarc(path, { start, end })) {
    if (record.kind === 'bad') return undefined;
    if (record.type !== 'response' && record.type !== 'revisit') continue;
    const head = await readHttpHead(record.block);
    const body = await record.block.all();
    if (!head || record.block.truncated) return undefined;
    return { url: record.url ?? '', headers: head.fields, body };
  }
  return undefined;
}
