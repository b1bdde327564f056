/**
 * The members of ZIP and tar archives, one after the other, as bytes in memory. Nothing is ever unpacked to the disk, so a
 * member's name can do no harm; names that point elsewhere are refused all the same. Lengths are limited before and
 * while unpacking: what an archive says of itself is not believed.
 */
import { isUtf8 } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { AthanorError } from '../../core/index.ts';
import { PackedFile } from '../warc/packed-file.ts';

export interface ArchiveLimits {
  readonly maxMemberBytes: number;
  /** Unpacked bytes for one packed byte; counts beyond 16 MB. */
  readonly maxRatio: number;
}

export interface Member {
  readonly kind: 'member';
  readonly name: string;
  readonly bytes: Buffer;
}

/** A member, or the archive itself where `name` is empty, that cannot be read. */
export interface BadMember {
  readonly kind: 'bad';
  readonly name: string;
  /** `unsafe-name`, `encrypted`, `bomb`, `member-too-long`, `damaged-member`, `damaged-archive`, `not-an-archive`. */
  readonly reason: string;
  readonly detail: string;
}

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz';

const RATIO_COUNTS_FROM = 16 << 20;

/** By content. @throws AthanorError('unsupported') for archives of other kinds */
export function archiveKind(path: string): ArchiveKind | undefined {
  const file = new PackedFile(path);
  try {
    const head = file.read(0, 512);
    const magic = head.toString('latin1', 0, 6);
    if (magic.startsWith('PK') && ['\x03\x04', '\x05\x06', '\x07\x08'].includes(magic.slice(2, 4))) return 'zip';
    if (magic.startsWith('\x1f\x8b')) return 'tar.gz';
    if (head.toString('latin1', 257, 262) === 'ustar' || (/\.tar$/i.test(path) && head.length === 512)) return 'tar';
    const other = /^BZh/.test(magic)
      ? 'bzip2'
      : magic === '\xfd7zXZ\0'
        ? 'xz'
        : magic.startsWith('7z\xbc\xaf')
          ? '7z'
          : '';
    if (other === '') return undefined;
    throw new AthanorError('unsupported', `${path} is packed with ${other}, which is not read`, {
      place: path,
      hint: 'Unpack it, or pack it again as .zip or .tar.gz.',
    });
  } finally {
    file.close();
  }
}

/** A part of a ZIP file's directory: entries from `first` on. */
export interface EntryRange {
  readonly first: number;
  readonly count: number;
}

/** Entries in groups of about so many unpacked bytes. Damaged directories become one group, reported when it is read. */
export async function zipRanges(path: string, groupBytes: number): Promise<EntryRange[]> {
  const ranges: EntryRange[] = [];
  let [first, count, bytes] = [0, 0, 0];
  const file = new PackedFile(path);
  try {
    const zip = await openZip(file);
    for await (const entry of zip.eachEntry()) {
      if (count > 0 && bytes + entry.uncompressedSize > groupBytes) {
        ranges.push({ first, count });
        [first, count, bytes] = [first + count, 0, 0];
      }
      count++;
      bytes += entry.uncompressedSize;
    }
  } catch (error) {
    damageIn(error);
    return [{ first: 0, count: Number.MAX_SAFE_INTEGER }];
  } finally {
    file.close();
  }
  if (count > 0) ranges.push({ first, count });
  return ranges;
}

type ZipEntry = Entry & { readonly fileNameRaw: Buffer };
/** What yauzl 3 has and the types of yauzl 2 do not. */
type Zip = ZipFile & { eachEntry(): AsyncIterable<ZipEntry> };

async function openZip(file: PackedFile): Promise<Zip> {
  const yauzl = (await import('yauzl')).default as unknown as {
    fromRandomAccessReaderPromise(reader: ZipReader, size: number, options: object): Promise<Zip>;
  };
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  return yauzl.fromRandomAccessReaderPromise(new ZipReader(file), file.size, options);
}

/** What yauzl reads through. On its own it asks the disk for each entry, twice, which takes longer than unpacking. */
class ZipReader extends EventEmitter {
  private readonly file: PackedFile;

  constructor(file: PackedFile) {
    super();
    this.file = file;
  }

  read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: unknown, length?: number) => void,
  ): void {
    let bytes: Buffer;
    try {
      bytes = this.file.read(position, length);
    } catch (error) {
      done(error);
      return;
    }
    done(null, bytes.copy(into, offset));
  }

  createReadStream({ start, end }: { readonly start: number; readonly end: number }): Readable {
    return Readable.from(this.file.pieces(start, end));
  }

  /** Who opened the file closes it. */
  ref(): void {}
  unref(): void {}
}

/** @param wants names of members to unpack */
export async function* zipMembers(
  path: string,
  range: EntryRange,
  limits: ArchiveLimits,
  wants: (name: string) => boolean,
): AsyncGenerator<Member | BadMember> {
  const file = new PackedFile(path);
  try {
    // First the directory, then the members: going to and fro, each would throw the other out of memory.
    const { zip, entries, fault } = await entriesOf(file, range);
    for (const entry of entries) {
      const name = zipName(entry);
      if (name.endsWith('/') || (isSafeName(name) && !wants(name))) continue;
      yield await readEntry(zip!, entry, name, limits);
    }
    if (fault) yield { kind: 'bad', name: '', ...fault };
  } finally {
    file.close();
  }
}

interface Entries {
  readonly zip?: Zip;
  readonly entries: readonly ZipEntry[];
  /** Why there are no more of them. */
  readonly fault?: Pick<BadMember, 'reason' | 'detail'>;
}

async function entriesOf(file: PackedFile, { first, count }: EntryRange): Promise<Entries> {
  const entries: ZipEntry[] = [];
  let zip: Zip | undefined;
  let index = 0;
  let packed = 0;
  try {
    zip = await openZip(file);
    for await (const entry of zip.eachEntry()) {
      packed += entry.compressedSize;
      // Fifield, "A better zip bomb" (WOOT 2019): members that share their bytes.
      if (packed > file.size) {
        const detail = 'its members are longer together than the file: they overlap';
        return { zip, entries, fault: { reason: 'bomb', detail } };
      }
      if (index++ < first) continue;
      if (index > first + count) break;
      entries.push(entry);
    }
  } catch (error) {
    return { ...(zip ? { zip } : {}), entries, fault: { reason: 'damaged-archive', detail: damageIn(error) } };
  }
  return { zip, entries };
}

/** What is wrong with the archive. @throws what is wrong with the disk and not with the archive */
function damageIn(error: unknown): string {
  if (error instanceof AthanorError) throw error;
  return (error as Error).message;
}

/** Old packers on Chinese Windows write names in GBK and do not say so; too short to be told by statistics. */
function zipName(entry: ZipEntry): string {
  const raw = entry.fileNameRaw;
  const utf8 = (entry.generalPurposeBitFlag & 0x800) !== 0 || isUtf8(raw);
  const text = utf8 ? raw.toString() : new TextDecoder('gb18030').decode(raw);
  return text.replaceAll('\\', '/');
}

async function readEntry(zip: Zip, entry: Entry, name: string, limits: ArchiveLimits): Promise<Member | BadMember> {
  const bad = (reason: string, detail: string): BadMember => ({ kind: 'bad', name, reason, detail });
  if (!isSafeName(name)) return bad('unsafe-name', 'its name points out of the archive');
  if (entry.isEncrypted()) return bad('encrypted', 'it is encrypted: unpack the archive with its password first');
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return bad('unsupported-packing', `it is packed by method ${entry.compressionMethod}; 0 and 8 (deflate) are read`);
  }
  const tooLong = overLimit(entry.uncompressedSize, entry.compressedSize, limits);
  if (tooLong) return { kind: 'bad', name, ...tooLong };
  try {
    const stream = await new Promise<Readable>((resolve, reject) =>
      zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))),
    );
    const bytes = await readAll(stream, limits.maxMemberBytes);
    if (bytes === undefined) return bad('member-too-long', `it is longer than ${limits.maxMemberBytes} bytes`);
    if (crc32(bytes) !== entry.crc32 >>> 0) return bad('damaged-member', 'its checksum is wrong');
    return { kind: 'member', name, bytes };
  } catch (error) {
    return bad('damaged-member', damageIn(error));
  }
}

function overLimit(length: number, packed: number, { maxMemberBytes, maxRatio }: ArchiveLimits) {
  if (length > RATIO_COUNTS_FROM && length > packed * maxRatio) {
    return { reason: 'bomb', detail: `${packed} bytes become ${length}, more than ${maxRatio} times as many` };
  }
  if (length <= maxMemberBytes) return undefined;
  return {
    reason: 'member-too-long',
    detail: `it has ${length} bytes, more than max_member_bytes (${maxMemberBytes})`,
  };
}

export async function* tarMembers(
  path: string,
  packed: boolean,
  limits: ArchiveLimits,
  wants: (name: string) => boolean,
): AsyncGenerator<Member | BadMember> {
  const { extract } = await import('tar-stream');
  const { createReadStream } = await import('node:fs');
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const unpack = extract();
  const gunzip = packed ? createGunzip({ chunkSize: 1 << 18 }) : undefined;
  file.on('error', (error) => unpack.destroy(error));
  gunzip?.on('error', (error) => unpack.destroy(error));
  if (gunzip) file.pipe(gunzip).pipe(unpack);
  else file.pipe(unpack);
  let total = 0;
  try {
    for await (const entry of unpack) {
      const { name: raw, type, size = 0 } = entry.header;
      const name = raw.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
      total += size;
      const bomb = overLimit(total, Math.max(1, file.bytesRead), {
        ...limits,
        maxMemberBytes: Number.POSITIVE_INFINITY,
      });
      if (bomb) {
        yield { kind: 'bad', name: '', ...bomb };
        return;
      }
      if ((type !== 'file' && type !== 'contiguous-file') || !wants(name)) {
        entry.resume();
        continue;
      }
      const bytes = size > limits.maxMemberBytes ? undefined : await readAll(entry, limits.maxMemberBytes);
      if (bytes === undefined) {
        entry.resume();
        yield {
          kind: 'bad',
          name,
          reason: 'member-too-long',
          detail: `it has ${size} bytes, more than max_member_bytes (${limits.maxMemberBytes})`,
        };
      } else if (!isSafeName(name)) {
        yield { kind: 'bad', name, reason: 'unsafe-name', detail: 'its name points out of the archive' };
      } else yield { kind: 'member', name, bytes };
    }
  } catch (error) {
    yield { kind: 'bad', name: '', reason: 'damaged-archive', detail: (error as Error).message };
  } finally {
    file.destroy();
    gunzip?.destroy();
    unpack.destroy();
  }
}

/** Relative, and inside. */
export function isSafeName(name: string): boolean {
  return !/^(?:\/|[A-Za-z]:)/.test(name) && !name.includes('\0') && !name.split('/').includes('..');
}

async function readAll(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
