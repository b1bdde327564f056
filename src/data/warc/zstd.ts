/**
 * Zstandard frames one at a time (RFC 8878), through fzstd. The frames are walked here, so that a frame's demands on
 * memory are known before anything is allocated. Checksums of frames are not checked: fzstd cannot.
 */
import { AthanorError } from '../../core/index.ts';
import { damaged } from './gzip.ts';
import type { PackedFile, Piece } from './packed-file.ts';

const FRAME = 0xfd2fb528;
/** A skippable frame that holds the dictionary of a `.warc.zst` (IIPC, "WARC compression using Zstandard"). */
const DICTIONARY_FRAME = 0x184d2a5d;
/** What `zstd --ultra -22` needs. */
const MAX_WINDOW = 128 << 20;

export function isZstd(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const magic = bytes.readUInt32LE(0);
  return magic === FRAME || isSkippable(magic);
}

const isSkippable = (magic: number): boolean => magic >= 0x184d2a50 && magic <= 0x184d2a5f;

/** @throws AthanorError('bad-file'), or ('unsupported') where the file needs a dictionary or too large a window */
export async function* zstdPieces(file: PackedFile, start: number, end: number): AsyncGenerator<Piece> {
  for (let at = start; at < end; ) {
    const head = file.read(at, 18);
    const magic = head.length >= 8 ? head.readUInt32LE(0) : 0;
    if (magic === DICTIONARY_FRAME) throw needsDictionary(file.path);
    if (isSkippable(magic)) at += 8 + head.readUInt32LE(4);
    else if (magic === FRAME) at = yield* unpackFrame(file, at, head);
    else throw damaged(file.path, at, 'no zstd frame');
  }
}

async function* unpackFrame(file: PackedFile, member: number, head: Buffer): AsyncGenerator<Piece, number> {
  const { Decompress } = await import('fzstd');
  const frame = frameHeader(file.path, member, head);
  const ready: Uint8Array[] = [];
  const decompress = new Decompress((bytes) => void ready.push(bytes));
  let at = member + frame.length;
  let inner = 0;
  let input = file.read(member, frame.length);
  for (let last = false; !last; ) {
    const header = file.read(at, 3);
    if (header.length < 3) throw damaged(file.path, member, 'the file ends inside a zstd frame');
    const bits = header.readUIntLE(0, 3);
    last = (bits & 1) === 1;
    const size = ((bits >> 1) & 3) === 1 ? 1 : bits >> 3; // a run is one byte, repeated
    const block = file.read(at, 3 + size);
    if (block.length < 3 + size) throw damaged(file.path, member, 'the file ends inside a zstd frame');
    at += block.length;
    input = Buffer.concat([input, block, ...(last && frame.checksum ? [file.read(at, 4)] : [])]);
    try {
      decompress.push(input, last);
    } catch (error) {
      throw damaged(file.path, member, (error as Error).message, error);
    }
    input = Buffer.alloc(0);
    for (const bytes of ready.splice(0)) {
      if (bytes.length > 0) yield { bytes: Buffer.from(bytes), member, inner };
      inner += bytes.length;
    }
  }
  return at + (frame.checksum ? 4 : 0);
}

/** RFC 8878 §3.1.1.1. */
function frameHeader(path: string, at: number, head: Buffer): { length: number; checksum: boolean } {
  const flags = head[4]!;
  const single = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  let offset = 5 + (single ? 0 : 1);
  if (head.length < offset + dictionaryBytes + sizeBytes) throw damaged(path, at, 'the file ends inside a zstd frame');
  const dictionary = dictionaryBytes > 0 ? head.readUIntLE(offset, dictionaryBytes) : 0;
  if (dictionary !== 0) throw needsDictionary(path);
  offset += dictionaryBytes;
  let window = 0;
  if (single) {
    const size = sizeBytes === 8 ? Number(head.readBigUInt64LE(offset)) : head.readUIntLE(offset, sizeBytes);
    window = size + (sizeBytes === 2 ? 256 : 0);
  } else {
    const base = 2 ** (10 + (head[5]! >> 3));
    window = base + (base / 8) * (head[5]! & 7);
  }
  if (window > MAX_WINDOW) {
    throw new AthanorError('unsupported', `a zstd frame at byte ${at} wants ${window} bytes of memory`, {
      place: `${path}@${at}`,
      hint: `At most ${MAX_WINDOW} are given. Pack the file again with a smaller window (zstd --long=27 at most).`,
      values: { reason: 'window-too-large' },
    });
  }
  return { length: offset + sizeBytes, checksum: (flags & 4) !== 0 };
}

function needsDictionary(path: string): AthanorError {
  return new AthanorError('unsupported', `${path} was packed with a zstd dictionary, which cannot be unpacked here`, {
    place: path,
    hint: 'Unpack it first: zstd -d -D DICTIONARY, or with the zstdwarc tools.',
    values: { reason: 'zstd-dictionary' },
  });
}
