/**
 * Writes WARC 1.1 (ISO 28500:2017): one gzip member a record, so that files can be cut and joined at records; digests of
 * block and payload. Synchronous, one record in memory. A writer that was killed goes on at the last offset it was sure
 * of: what lies behind it is cut off.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AthanorError } from '../../core/index.ts';
import { ioError, makeDirectory } from '../../core/node.ts';
import { type Fields, formatFields, oneLine } from './fields.ts';

export interface WarcWriterOptions {
  /** Go on in a file that is there, at this offset (`offset` of a writer before); what follows is cut off. Default: 0. */
  readonly from?: number;
}

/** Where a record lies. */
export interface WrittenRecord {
  /** `<urn:uuid:…>` */
  readonly id: string;
  readonly offset: number;
  /** Packed. */
  readonly length: number;
  readonly date: string;
  /** `sha1:…` of the payload; '' where there is none. */
  readonly payloadDigest: string;
}

export type WarcType = 'warcinfo' | 'request' | 'response' | 'revisit' | 'resource' | 'metadata' | 'conversion';

/** A record of any type, as it is put down. */
export interface RecordToWrite {
  readonly type: WarcType;
  readonly url?: string | undefined;
  readonly date: Date;
  readonly contentType: string;
  readonly block: Uint8Array;
  /** The part of the block that is the payload: after the HTTP header. */
  readonly payload?: Uint8Array | undefined;
  /** In place of the payload's own digest (revisits). */
  readonly payloadDigest?: string | undefined;
  readonly fields?: Fields;
}

/** One side of an HTTP exchange. */
export interface HttpMessageToWrite {
  readonly url: string;
  /** When it was fetched. Request and response of one exchange have the same date. */
  readonly date: Date;
  /** `GET /path HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly startLine: string;
  readonly headers: Fields;
  readonly body?: Uint8Array | undefined;
  readonly ip?: string | undefined;
  /** The record of the other side. */
  readonly concurrentTo?: string | undefined;
}

export interface ResponseToWrite extends HttpMessageToWrite {
  /**
   * What the HTTP client has undone already. The header then keeps the old value under `X-Crawler-…`, and tells the
   * body's true length, so that readers do not undo it again.
   */
  readonly undone?: readonly ('transfer-encoding' | 'content-encoding')[];
  /** Why the body is not whole. */
  readonly truncated?: 'length' | 'time' | 'disconnect' | 'unspecified' | undefined;
}

export interface RevisitToWrite extends HttpMessageToWrite {
  /** `not-modified`: the server said 304; `same-payload`: it sent what it had sent before. */
  readonly because: 'not-modified' | 'same-payload';
  readonly of: { readonly id?: string; readonly url: string; readonly date: string; readonly payloadDigest?: string };
}

const profiles = {
  'not-modified': 'http://netpreserve.org/warc/1.1/revisit/server-not-modified',
  'same-payload': 'http://netpreserve.org/warc/1.1/revisit/identical-payload-digest',
};

export class WarcWriter {
  readonly path: string;
  private readonly fd: number;
  private end: number;
  private open = true;

  /** @throws AthanorError('io'), or ('bad-input') where the file is shorter than `from` */
  constructor(path: string, { from = 0 }: WarcWriterOptions = {}) {
    this.path = path;
    try {
      makeDirectory(dirname(path));
      this.fd = openSync(path, from > 0 ? 'r+' : 'w');
      if (fstatSync(this.fd).size < from) {
        closeSync(this.fd);
        throw new AthanorError('bad-input', `${path} is shorter than ${from} bytes: it cannot be continued there`, {
          place: path,
        });
      }
      ftruncateSync(this.fd, from);
    } catch (error) {
      throw ioError(error, path, 'write');
    }
    this.end = from;
  }

  /** Where the next record will begin: a file cut here is whole. */
  get offset(): number {
    return this.end;
  }

  /** The first record of a file: who made it, how. E.g. `{ software: 'athanor/0.1', robots: 'obey' }`. */
  writeInfo(fields: Readonly<Record<string, string>>, date: Date): WrittenRecord {
    const all = { format: 'WARC File Format 1.1', ...fields };
    return this.write({
      type: 'warcinfo',
      date,
      contentType: 'application/warc-fields',
      block: Buffer.from(formatFields(Object.entries(all))),
      fields: [['WARC-Filename', basename(this.path)]],
    });
  }

  writeRequest(request: HttpMessageToWrite): WrittenRecord {
    const body = request.body ?? new Uint8Array();
    return this.write({
      ...httpRecord(request, body),
      type: 'request',
      contentType: 'application/http; msgtype=request',
      fields: httpFields(request),
    });
  }

  writeResponse(response: ResponseToWrite): WrittenRecord {
    const body = response.body ?? new Uint8Array();
    const headers = truthfulHeaders(response.headers, response.undone ?? [], body.length);
    return this.write({
      ...httpRecord({ ...response, headers }, body),
      type: 'response',
      contentType: 'application/http; msgtype=response',
      fields: [
        ...httpFields(response),
        ...(response.truncated ? [['WARC-Truncated', response.truncated] as const] : []),
      ],
    });
  }

  /** Says that a page is what it was; keeps only the HTTP header. */
  writeRevisit(revisit: RevisitToWrite): WrittenRecord {
    const { of: original } = revisit;
    return this.write({
      ...httpRecord(revisit, new Uint8Array()),
      payload: undefined,
      payloadDigest: original.payloadDigest,
      type: 'revisit',
      contentType: 'application/http; msgtype=response',
      fields: [
        ...httpFields(revisit),
        ['WARC-Profile', profiles[revisit.because]],
        ...(original.id ? [['WARC-Refers-To', original.id] as const] : []),
        ['WARC-Refers-To-Target-URI', writableUrl(original.url)],
        ['WARC-Refers-To-Date', original.date],
      ],
    });
  }

  /** What is known about another record, as named fields. */
  writeMetadata(
    fields: Readonly<Record<string, string>>,
    about: { readonly url: string; readonly date: Date; readonly concurrentTo?: string },
  ): WrittenRecord {
    return this.write({
      type: 'metadata',
      url: about.url,
      date: about.date,
      contentType: 'application/warc-fields',
      block: Buffer.from(formatFields(Object.entries(fields))),
      fields: about.concurrentTo ? [['WARC-Concurrent-To', about.concurrentTo]] : [],
    });
  }

  /** Any record. @throws AthanorError('io') */
  write(record: RecordToWrite): WrittenRecord {
    const offset = this.end;
    const blockDigest = digest(record.block);
    const payloadDigest = record.payloadDigest ?? (record.payload ? digest(record.payload) : '');
    const date = isoDate(record.date);
    const id = recordId([basename(this.path), String(offset), record.type, record.url ?? '', date, blockDigest]);
    const header = formatFields([
      ['WARC-Type', record.type],
      ['WARC-Record-ID', id],
      ['WARC-Date', date],
      ...(record.url === undefined ? [] : [['WARC-Target-URI', writableUrl(record.url)] as const]),
      ...(record.fields ?? []),
      ...(payloadDigest === '' ? [] : [['WARC-Payload-Digest', payloadDigest] as const]),
      ['WARC-Block-Digest', blockDigest],
      ['Content-Type', record.contentType],
      ['Content-Length', String(record.block.length)],
    ]);
    const bytes = Buffer.concat([Buffer.from(`WARC/1.1\r\n${header}\r\n`), record.block, Buffer.from('\r\n\r\n')]);
    const packed = gzipSync(bytes);
    try {
      for (let done = 0; done < packed.length; )
        done += writeSync(this.fd, packed, done, packed.length - done, offset + done);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.end = offset + packed.length;
    return { id, offset, length: packed.length, date, payloadDigest };
  }

  /** Returns once everything written is on the disk. */
  sync(): void {
    try {
      fsyncSync(this.fd);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
  }

  /** Syncs and closes; calling it twice is harmless. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.sync();
    closeSync(this.fd);
  }
}

function httpRecord(message: HttpMessageToWrite, body: Uint8Array) {
  const head = Buffer.from(`${oneLine(message.startLine)}\r\n${formatFields(message.headers)}\r\n`);
  return { url: message.url, date: message.date, block: Buffer.concat([head, body]), payload: body };
}

function httpFields({ ip, concurrentTo }: HttpMessageToWrite): Fields {
  return [
    ...(ip ? [['WARC-IP-Address', ip] as const] : []),
    ...(concurrentTo ? [['WARC-Concurrent-To', concurrentTo] as const] : []),
  ];
}

/** Renames what is not true of the body any more, as Common Crawl's and Heritrix' writers do. */
function truthfulHeaders(headers: Fields, undone: readonly string[], length: number): Fields {
  if (undone.length === 0) return headers;
  const kept = headers.map(([name, value]): readonly [string, string] => {
    const lower = name.toLowerCase();
    return undone.includes(lower) || lower === 'content-length' ? [`X-Crawler-${name}`, value] : [name, value];
  });
  return [...kept, ['Content-Length', String(length)]];
}

/** WARC 1.1 §5.11: a URI without angle brackets; spaces and line ends would end it early. */
function writableUrl(url: string): string {
  return oneLine(url).replace(/[ \t]/g, '%20');
}

/** W3C profile of ISO 8601 in UTC (WARC 1.1 §5.4). */
function isoDate(date: Date): string {
  return date.toISOString().replace(/\.000Z$/, 'Z');
}

/** `sha1:` and 32 letters: the form that WARC tools and CDX indexes agree on. */
export function digest(bytes: Uint8Array): string {
  return `sha1:${base32(createHash('sha1').update(bytes).digest())}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

/** A UUID of the record's name (RFC 9562 §5.8, version 8): the same crawl written again has the same ids. */
function recordId(parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\0')).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `<urn:uuid:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}>`;
}
