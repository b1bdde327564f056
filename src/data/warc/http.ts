/**
 * HTTP messages as archives keep them (RFC 9112): header, chunks, content encodings. Lenient as browsers are: a body that
 * is not chunked or packed although the header says so is taken as it is, a cut one as far as it goes. Never unpacks
 * more than it is allowed to.
 */
import { isUtf8 } from 'node:buffer';
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { AthanorError } from '../../core/index.ts';
import { type Fields, fieldNamed, parseFields } from './fields.ts';
import type { RecordBlock } from './read.ts';

export interface HttpHead {
  readonly status: number;
  readonly fields: Fields;
}

export interface ContentType {
  /** `text/html`; '' where there is none. */
  readonly type: string;
  readonly charset: string | undefined;
}

const HEAD_LINES = 10_000;

/** Reads the header of a response. @returns undefined where there is none */
export async function readHttpHead(block: RecordBlock): Promise<HttpHead | undefined> {
  const first = await block.line();
  const status = /^\s*(?:HTTP\/\d+(?:\.\d+)?|ICY)\s+(\d{3})(?:\D|$)/i.exec(first ?? '')?.[1];
  if (status === undefined) return undefined;
  const lines: string[] = [];
  for (let line = await block.line(); line && lines.length < HEAD_LINES; line = await block.line()) lines.push(line);
  return { status: Number(status), fields: parseFields(lines) };
}

/** `text/html; charset="utf-8"`. */
export function parseContentType(value: string | undefined): ContentType {
  const [type, ...parameters] = (value ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*["']?([^"';\s]+)/i.exec(parameter)?.[1])
    .find((found) => found !== undefined);
  return { type: type!.trim().toLowerCase(), charset: charset?.toLowerCase() };
}

/**
 * The body as the page's author wrote it: chunks joined, encodings undone.
 * @throws AthanorError('bad-file') with `values.reason`: `bomb`, `bad-encoding`
 */
export async function decodeBody(body: Buffer, fields: Fields, maxBytes: number): Promise<Buffer> {
  let bytes = body;
  if (/\bchunked\b/i.test(fieldNamed(fields, 'Transfer-Encoding') ?? '')) bytes = joinChunks(bytes);
  const encodings = (fieldNamed(fields, 'Content-Encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  // More than a few are an attack: each may multiply the size.
  if (encodings.length > 3) throw bad('bad-encoding', `the body is packed ${encodings.length} times`);
  for (const encoding of encodings.reverse()) bytes = await undo(encoding, bytes, maxBytes);
  if (bytes.length > maxBytes) throw bomb(maxBytes);
  return bytes;
}

/** RFC 9112 §7.1. What follows a broken chunk is kept as it is; a body that is not chunked stays. */
export function joinChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    const size = end >= 0 && end - at < 200 ? /^\s*([0-9a-f]{1,8})\s*(?:;.*)?\r?$/i : undefined;
    const hex = size?.exec(body.toString('latin1', at, end))?.[1];
    if (hex === undefined) {
      parts.push(body.subarray(at));
      break;
    }
    const length = Number.parseInt(hex, 16);
    if (length === 0) break;
    parts.push(body.subarray(end + 1, end + 1 + length));
    at = end + 1 + length;
    if (body[at] === 13) at++;
    if (body[at] === 10) at++;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

async function undo(encoding: string, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') {
      return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, options) : bytes;
    }
    if (encoding === 'deflate') return inflateAny(bytes, options);
    if (encoding === 'br') {
      const { BROTLI_OPERATION_FLUSH: finishFlush } = constants;
      return brotliDecompressSync(bytes, { maxOutputLength: maxBytes, finishFlush });
    }
    if (encoding === 'zstd') return await unzstd(bytes, maxBytes);
  } catch (error) {
    if (error instanceof AthanorError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bomb(maxBytes);
    // Crawlers that unpack often leave the header as it was.
    if (looksLikeText(bytes)) return bytes;
    throw bad(
      'bad-encoding',
      `the body is said to be ${encoding}, but cannot be unpacked: ${(error as Error).message}`,
    );
  }
  if (looksLikeText(bytes)) return bytes;
  throw bad('bad-encoding', `the body's encoding '${encoding.slice(0, 40)}' is not known`);
}

/** "deflate" means zlib (RFC 9110 §8.4.1.2); some servers send it raw. */
function inflateAny(bytes: Buffer, options: { maxOutputLength: number; finishFlush: number }): Buffer {
  const zlib = (bytes[0]! & 15) === 8 && bytes.length > 1 && bytes.readUInt16BE(0) % 31 === 0;
  return zlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
}

async function unzstd(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const { Decompress } = await import('fzstd');
  // A frame says how much memory it wants before anything is known of it: RFC 9659 allows 8 MB on the web.
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== 0xfd2fb528) throw bad('bad-encoding', 'the body is no zstd frame');
  const single = (bytes[4]! & 0x20) !== 0;
  if (!single && bytes[5]! >> 3 > 13) throw bad('bad-encoding', 'the zstd frame wants more than 8 MB of memory');
  if (single && (bytes[4]! >> 6 > 2 || bytes[4]! >> 6 === 2) && sizeOf(bytes) > maxBytes) throw bomb(maxBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  const decompress = new Decompress((part) => {
    length += part.length;
    if (length > maxBytes) throw bomb(maxBytes);
    parts.push(part.slice());
  });
  // In small steps, so that a bomb is seen early.
  for (let at = 0; at < bytes.length; at += 1 << 16) {
    decompress.push(bytes.subarray(at, at + (1 << 16)), at + (1 << 16) >= bytes.length);
  }
  return Buffer.concat(parts);
}

function sizeOf(bytes: Buffer): number {
  const at = 5 + [0, 1, 2, 4][bytes[4]! & 3]!;
  return bytes[4]! >> 6 === 3 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at);
}

/** No packed bytes look like this: the beginning of a page, or UTF-8 without control characters. */
function looksLikeText(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 512);
  if (head.length === 0 || head.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  return /^\s*</.test(head.toString('latin1')) || isUtf8(bytes);
}

function bomb(maxBytes: number): AthanorError {
  return bad('bomb', `the body is longer than ${maxBytes} bytes when unpacked`);
}

function bad(reason: string, message: string): AthanorError {
  return new AthanorError('bad-file', message, { values: { reason } });
}
