/**
 * Reads records of WARC 1.1, 1.0, 0.17 and 0.18 (ISO 28500) and ARC 1 (Internet Archive), plain, gzip or zstd (told by
 * content, not by name), one record at a time. What is malformed becomes a report with its place, and reading goes on at
 * the next record. Knows nothing about HTTP or documents.
 */
import { AthanorError } from '../../core/index.ts';
import { ByteReader } from './byte-reader.ts';
import { type Fields, fieldNamed, parseFields } from './fields.ts';
import { findMember, gzipPieces, isGzip } from './gzip.ts';
import { PackedFile, type Piece } from './packed-file.ts';
import { isZstd, zstdPieces } from './zstd.ts';

export interface WarcRecord {
  readonly kind: 'record';
  /** `WARC/1.0`, `ARC/1`. */
  readonly version: string;
  /** In lower case; ARC records are `response`, an ARC file's first one `warcinfo`. */
  readonly type: string;
  /** As they stand in the file; of ARC records the ones they would have in a WARC. */
  readonly fields: Fields;
  readonly url: string | undefined;
  /** ISO 8601 where the file has a date. */
  readonly date: string | undefined;
  readonly contentType: string | undefined;
  /** Bytes of the block. */
  readonly length: number;
  /** Where the record begins: its gzip member's byte in the file, or the byte in the unpacked text. */
  readonly place: string;
  /** The record's content. To be read before the next record is asked for. */
  readonly block: RecordBlock;
}

export interface BadRecord {
  readonly kind: 'bad';
  /** `damaged-packing`, `not-a-warc`, `bad-record`, `bad-length`, `truncated`. */
  readonly reason: string;
  readonly place: string;
  readonly detail: string;
}

/** A part of a file that can be read alone. */
export interface WarcRange {
  readonly start: number;
  readonly end: number;
}

const LINE_LIMIT = 1 << 16;
const HEADER_LIMIT = 1 << 20;
const RECORD_START = /^WARC\/(\d+\.\d+)\s*$/;
/** URL, IP, date, type, length; the URL may hold spaces, version 2 puts five more fields between type and length. */
const ARC_START = /^([a-z][a-z0-9+.-]*:\S.*?) (\S+) (\d{12,20}) (\S+)(?: \S+ \S+ \S+ \S+ \S+)? (\S+)$/i;
const MEMBER_START = /^(?:WARC\/\d|[a-z][a-z0-9+.-]*:[^\r\n]* \d{12,20} )/i;

/** The content of a record: lines, counted bytes, never more than the record has. */
export class RecordBlock {
  private readonly reader: ByteReader;
  private rest: number;
  private cut = false;

  constructor(reader: ByteReader, length: number) {
    this.reader = reader;
    this.rest = length;
  }

  get remaining(): number {
    return this.rest;
  }

  /** The file ended before the record did. */
  get truncated(): boolean {
    return this.cut;
  }

  async line(): Promise<string | undefined> {
    if (this.rest === 0) return undefined;
    const before = this.reader.consumed;
    const line = await this.reader.line(Math.min(this.rest, LINE_LIMIT));
    this.rest -= this.reader.consumed - before;
    this.cut ||= line === undefined;
    return line;
  }

  /** Everything that is left. */
  async all(): Promise<Buffer> {
    const bytes = await this.reader.take(this.rest);
    this.cut ||= bytes.length < this.rest;
    this.rest = 0;
    return bytes;
  }

  async skip(): Promise<void> {
    this.cut ||= (await this.reader.skip(this.rest)) < this.rest;
    this.rest = 0;
  }
}

/**
 * The records of a file, or of one of the ranges that `cutWarc` gave.
 * @throws AthanorError('not-found' | 'io'), or ('unsupported') for packings that cannot be unpacked
 */
export async function* readWarc(path: string, range?: WarcRange): AsyncGenerator<WarcRecord | BadRecord> {
  const file = new PackedFile(path);
  try {
    const end = range?.end ?? file.size;
    for (let start: number | undefined = range?.start ?? 0; start !== undefined && start < end; ) {
      const reader = new ByteReader(piecesOf(file, start, end));
      start = undefined;
      try {
        yield* readRecords(reader);
      } catch (error) {
        const offset = damageOf(error);
        if (offset === undefined) throw error;
        yield { kind: 'bad', reason: 'damaged-packing', place: String(offset), detail: (error as Error).message };
        start = await findMember(file, offset + 1, MEMBER_START, false);
      } finally {
        await reader.close();
      }
    }
  } finally {
    file.close();
  }
}

/** The byte at which packed data is damaged, if that is what an error says. */
function damageOf(error: unknown): number | undefined {
  if (!(error instanceof AthanorError) || error.values.reason !== 'damaged-packing') return undefined;
  return error.values.offset as number;
}

function piecesOf(file: PackedFile, start: number, end: number): AsyncIterable<Piece> {
  const head = file.read(0, 4);
  if (isGzip(head)) return gzipPieces(file, start, end);
  return isZstd(head) ? zstdPieces(file, start, end) : plainPieces(file, start, end);
}

async function* plainPieces(file: PackedFile, start: number, end: number): AsyncGenerator<Piece> {
  let inner = start;
  for (const bytes of file.pieces(start, end)) {
    yield { bytes, member: 0, inner };
    inner += bytes.length;
  }
}

/**
 * Ranges of about `rangeBytes` that can be read alone, in order: files of one gzip member a record are cut between
 * members, others stay whole. Reads little: a place to cut costs about a quarter megabyte.
 */
export async function* cutWarc(path: string, rangeBytes: number): AsyncGenerator<WarcRange> {
  const file = new PackedFile(path);
  try {
    let start = 0;
    while (isGzip(file.read(0, 3)) && start + rangeBytes < file.size) {
      const end = await findMember(file, start + rangeBytes, MEMBER_START, true);
      if (end === undefined) break;
      yield { start, end };
      start = end;
    }
    if (start < file.size) yield { start, end: file.size };
  } finally {
    file.close();
  }
}

async function* readRecords(reader: ByteReader): AsyncGenerator<WarcRecord | BadRecord> {
  let first = true;
  let lost = false;
  for (;;) {
    const place = await placeOf(reader);
    const line = await reader.line(LINE_LIMIT);
    if (line === undefined) return;
    if (line.trim() === '') continue;
    const record = RECORD_START.test(line)
      ? await warcRecord(reader, line, place)
      : ARC_START.test(line)
        ? arcRecord(reader, line, place)
        : undefined;
    if (!record) {
      // Said once, then passed over until something looks like a record.
      if (!lost) yield notARecord(line, place, first);
      lost = true;
    } else if (record.kind === 'bad') {
      lost = true;
      yield record;
    } else {
      lost = false;
      yield record;
      await record.block.skip();
      if (record.block.truncated) {
        const detail = `the record says it has ${record.length} bytes, but the file ends before`;
        yield { kind: 'bad', reason: 'truncated', place, detail };
      }
    }
    first = false;
  }
}

async function placeOf(reader: ByteReader): Promise<string> {
  const { member, inner } = await reader.place();
  if (member === 0) return String(inner);
  return inner === 0 ? String(member) : `${member}+${inner}`;
}

function notARecord(line: string, place: string, first: boolean): BadRecord {
  const found = JSON.stringify(line.slice(0, 60));
  return first
    ? { kind: 'bad', reason: 'not-a-warc', place, detail: `expected a WARC or ARC record, found ${found}` }
    : { kind: 'bad', reason: 'bad-record', place, detail: `expected the next record, found ${found}` };
}

async function warcRecord(reader: ByteReader, first: string, place: string): Promise<WarcRecord | BadRecord> {
  const lines: string[] = [];
  for (let bytes = 0; bytes < HEADER_LIMIT; ) {
    const line = await reader.line(LINE_LIMIT);
    if (line === undefined) {
      return { kind: 'bad', reason: 'truncated', place, detail: "the file ends inside a record's header" };
    }
    if (line === '') break;
    lines.push(line);
    bytes += line.length;
  }
  const fields = parseFields(lines);
  const length = lengthOf(fieldNamed(fields, 'Content-Length'), place);
  if (typeof length !== 'number') return length;
  return {
    kind: 'record',
    version: first.trim(),
    type: (fieldNamed(fields, 'WARC-Type') ?? '').toLowerCase(),
    fields,
    url: cleanUrl(fieldNamed(fields, 'WARC-Target-URI')),
    date: fieldNamed(fields, 'WARC-Date'),
    contentType: fieldNamed(fields, 'Content-Type'),
    length,
    place,
    block: new RecordBlock(reader, length),
  };
}

/** https://archive.org/web/researcher/ArcFileFormat.php, "URL-record". */
function arcRecord(reader: ByteReader, line: string, place: string): WarcRecord | BadRecord {
  const [, url, ip, stamp, contentType, size] = ARC_START.exec(line) as unknown as [string, ...string[]];
  const length = lengthOf(size, place);
  if (typeof length !== 'number') return length;
  const date = dateOfStamp(stamp!);
  const info = url!.startsWith('filedesc:');
  const fields: [string, string][] = [
    ['WARC-Target-URI', url!],
    ['WARC-IP-Address', ip!],
    ['Content-Type', contentType!],
    ...(date === undefined ? [] : [['WARC-Date', date] as [string, string]]),
  ];
  return {
    kind: 'record',
    version: 'ARC/1',
    type: info ? 'warcinfo' : 'response',
    fields,
    url: cleanUrl(url),
    date,
    // What a WARC would say: the block is a whole HTTP message.
    contentType: !info && /^https?:/i.test(url!) ? 'application/http; msgtype=response' : contentType,
    length,
    place,
    block: new RecordBlock(reader, length),
  };
}

function lengthOf(value: string | undefined, place: string): number | BadRecord {
  if (value !== undefined && /^\d{1,15}$/.test(value)) return Number(value);
  const found = value === undefined ? 'none' : JSON.stringify(value.slice(0, 40));
  return { kind: 'bad', reason: 'bad-length', place, detail: `the record's length must be a number, found ${found}` };
}

/** Old writers put angle brackets around it (WARC 1.0 as printed), or left spaces in. */
function cleanUrl(url: string | undefined): string | undefined {
  return url?.replace(/^<|>$/g, '').replaceAll(' ', '%20');
}

/** `20140216050221`, maybe with digits too many. */
function dateOfStamp(stamp: string): string | undefined {
  const [year, month, day, hour, minute, second] = [4, 6, 8, 10, 12, 14].map((end, i) =>
    stamp.slice(i === 0 ? 0 : end - 2, end),
  );
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second || '00'}Z`;
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}
