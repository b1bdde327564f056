/**
 * Gzip members one at a time (RFC 1952), with the place of each: Node's own Gunzip joins members silently, and takes
 * garbage between them for the end. Also finds places where a file of many members may be cut.
 */
import { Readable } from 'node:stream';
import { constants, crc32, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { AthanorError } from '../../core/index.ts';
import type { PackedFile, Piece } from './packed-file.ts';

/** Members up to this size (packed) are unpacked in one call. */
const WINDOW = 1 << 18;
const SMALL_OUTPUT = 4 << 20;
/** Deflate's longest stored block (RFC 1951 §3.2.4). */
const STORED_BLOCK = 65_535;

export function damaged(path: string, offset: number, what: string, cause?: unknown): AthanorError {
  return new AthanorError('bad-file', `the packed data is damaged at byte ${offset}: ${what}`, {
    place: `${path}@${offset}`,
    values: { reason: 'damaged-packing', offset },
    cause,
  });
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** Length of a member's header, or undefined where there is none. */
function headerLength(bytes: Buffer): number | undefined {
  if (bytes.length < 18 || !isGzip(bytes) || (bytes[3]! & 0xe0) !== 0) return undefined;
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & 2) at += 2;
  return at < bytes.length ? at : undefined;
}

/**
 * The unpacked bytes of the members that begin in [start, end).
 * @throws AthanorError('bad-file') with the byte in `values.offset`
 */
export async function* gzipPieces(file: PackedFile, start: number, end: number): AsyncGenerator<Piece> {
  for (let at = start; at < end; ) {
    const member = at;
    at = yield* unpackMember(file, member);
    // Zeros may fill up the end (RFC 1952 leaves it open, gzip(1) allows it).
    while (at < end && file.read(at, 1)[0] === 0) at++;
  }
}

/** One member. @returns where the next one begins */
async function* unpackMember(file: PackedFile, member: number): AsyncGenerator<Piece, number> {
  const window = file.read(member, WINDOW);
  const header = headerLength(window);
  if (header === undefined) throw damaged(file.path, member, 'no gzip header');
  const small = inflateWhole(window.subarray(header));
  if (small) {
    const end = member + header + small.consumed;
    checkTrailer(file, member, end, crc32(small.bytes), small.bytes.length);
    yield { bytes: small.bytes, member, inner: 0 };
    return end + 8;
  }
  return yield* unpackLarge(file, member, header);
}

function inflateWhole(data: Buffer): { bytes: Buffer; consumed: number } | undefined {
  try {
    // With `info`, which the types of Node 20 do not know, the engine comes along and tells how much it took.
    const options = { info: true, maxOutputLength: SMALL_OUTPUT };
    const { buffer, engine } = inflateRawSync(data, options) as unknown as { buffer: Buffer; engine: InflateRaw };
    return { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    return undefined; // Larger than the window, or damaged: unpackLarge finds out.
  }
}

async function* unpackLarge(file: PackedFile, member: number, header: number): AsyncGenerator<Piece, number> {
  const inflate = createInflateRaw({ chunkSize: WINDOW });
  const input = Readable.from(file.pieces(member + header), { objectMode: false, highWaterMark: WINDOW });
  input.on('error', (error) => inflate.destroy(error));
  let sum = 0;
  let inner = 0;
  try {
    for await (const bytes of input.pipe(inflate) as AsyncIterable<Buffer>) {
      sum = crc32(bytes, sum);
      yield { bytes, member, inner };
      inner += bytes.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
    throw damaged(file.path, member, (error as Error).message, error);
  } finally {
    input.destroy();
    inflate.destroy();
  }
  const end = member + header + inflate.bytesWritten;
  checkTrailer(file, member, end, sum, inner);
  return end + 8;
}

function checkTrailer(file: PackedFile, member: number, at: number, sum: number, length: number): void {
  const trailer = file.read(at, 8);
  if (trailer.length < 8) throw damaged(file.path, member, 'the file ends inside a gzip member');
  if (trailer.readUInt32LE(0) !== sum) throw damaged(file.path, member, 'the checksum is wrong');
  if (trailer.readUInt32LE(4) !== length % 2 ** 32) throw damaged(file.path, member, 'the length is wrong');
}

/**
 * The first member at or after `from` that begins with `prefix`, or undefined.
 *
 * A payload that is a packed file itself may lie unpacked inside a member and look like members. But a stored block has
 * 65,535 bytes at most, and the header of the next one breaks what lies across: members that follow each other over a
 * longer stretch, checksums right, are real ones.
 * @param sure check that; without, the prefix alone decides (to go on after damage)
 */
export async function findMember(
  file: PackedFile,
  from: number,
  prefix: RegExp,
  sure: boolean,
): Promise<number | undefined> {
  for (const at of candidates(file, from)) {
    if (!prefix.test(beginning(file, at))) continue;
    if (!sure || (await isChain(file, at))) return at;
  }
  return undefined;
}

function* candidates(file: PackedFile, from: number): Generator<number> {
  const magic = Buffer.from([0x1f, 0x8b, 8]);
  for (let base = from; base < file.size; base += WINDOW) {
    const bytes = file.read(base, WINDOW + magic.length - 1);
    for (let i = bytes.indexOf(magic); i >= 0 && i < WINDOW; i = bytes.indexOf(magic, i + 1)) yield base + i;
  }
}

/** The first characters of a member, or '' where there is none. */
function beginning(file: PackedFile, at: number): string {
  const bytes = file.read(at, 2048);
  const header = headerLength(bytes);
  if (header === undefined) return '';
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: SMALL_OUTPUT };
    return inflateRawSync(bytes.subarray(header), options).toString('latin1', 0, 256);
  } catch {
    return '';
  }
}

async function isChain(file: PackedFile, from: number): Promise<boolean> {
  try {
    for (let at = from; at < file.size && at - from <= STORED_BLOCK; ) {
      const pieces = unpackMember(file, at);
      let next = await pieces.next();
      while (!next.done) next = await pieces.next();
      at = next.value;
    }
    return true;
  } catch {
    return false;
  }
}
