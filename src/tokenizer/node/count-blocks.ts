/**
 * Training files as blocks of bytes that can be counted one by one, in any order: text and JSON Lines, also gzipped. Where
 * a block ends depends on the file's content alone, so that the words are the same on every machine and after a restart.
 */
import { openUnpacked } from '../../core/node.ts';

/** What a file holds: JSON objects with `text`, one a line; or text, which is one document, or one a line with its end. */
export type CountFormat = 'jsonl' | 'document' | 'line';

export interface CountInput {
  /** Unpacked when it ends in `.gz`. */
  readonly path: string;
  readonly format: CountFormat;
}

/** Where in the inputs: number of the file, and bytes from its start, unpacked. */
export interface CountPosition {
  readonly file: number;
  readonly offset: number;
}

export interface CountBlock extends CountPosition {
  readonly format: CountFormat;
  /** Whole lines or documents, or, of a long document, a part of it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A document begins with the block. */
  readonly first: boolean;
  /** Where the next block begins. */
  readonly next: CountPosition;
  /** How much of the file, as it lies on the disk, was read. */
  readonly consumed: number;
}

/** A longer document is cut at a line's end. */
export const blockBytes = 1 << 20;

/** The blocks of all files, in order, from a position on. @throws AthanorError('not-found' | 'io' | 'bad-file') */
export async function* readBlocks(inputs: readonly CountInput[], from: CountPosition): AsyncGenerator<CountBlock> {
  for (let file = from.file; file < inputs.length; file++)
    yield* readFileBlocks(inputs[file]!, file, file === from.file ? from.offset : 0);
}

async function* readFileBlocks(input: CountInput, file: number, from: number): AsyncGenerator<CountBlock> {
  const { path, format } = input;
  let buffer = new Uint8Array(blockBytes);
  let length = 0;
  let offset = from;
  const source = openUnpacked(path, from);
  const cut = (at: number): CountBlock => {
    const bytes = buffer;
    buffer = new Uint8Array(Math.max(blockBytes, length - at));
    buffer.set(bytes.subarray(at, length));
    length -= at;
    const next = { file, offset: offset + at };
    const block = { file, offset, format, bytes: bytes.subarray(0, at), first: offset === 0, next };
    offset += at;
    return { ...block, consumed: source.consumed() };
  };
  for await (const chunk of source.chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + buffer.length - length);
      buffer.set(part, length);
      length += part.length;
      at += part.length;
      if (length < buffer.length) continue;
      const end = format === 'document' ? documentCut(buffer) : buffer.lastIndexOf(newline) + 1;
      if (end > 0) {
        yield cut(end);
        continue;
      }
      const larger = new Uint8Array(buffer.length * 2); // a line is never cut
      larger.set(buffer);
      buffer = larger;
    }
  }
  if (length > 0) yield cut(length);
}

const newline = 0x0a;

/**
 * Where to end a block of a document: best where every pattern that is in use cuts anyway, which is after a single line
 * end between a printable character and a letter.
 */
function documentCut(bytes: Uint8Array): number {
  const least = bytes.length >> 1;
  for (let at = bytes.lastIndexOf(newline); at > least; at = bytes.lastIndexOf(newline, at - 1))
    if (bytes[at - 1]! > 0x20 && bytes[at + 1] !== undefined && isLetter(bytes[at + 1]!)) return at + 1;
  const line = bytes.lastIndexOf(newline) + 1;
  if (line > least) return line;
  let at = bytes.length;
  while (at > 1 && (bytes[at - 1]! & 0xc0) === 0x80) at--;
  return at - 1; // before the last character, which may be incomplete
}

/** ASCII letters, and the lead bytes of the ideographs from U+5000 on. */
function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0xe5 && byte <= 0xe9);
}

/** The number of the line, from 1, that holds the byte at `offset`. */
export async function lineAt(path: string, offset: number): Promise<number> {
  let line = 1;
  let left = offset;
  for await (const chunk of openUnpacked(path).chunks) {
    const part = chunk.subarray(0, left);
    for (let at = part.indexOf(newline); at >= 0; at = part.indexOf(newline, at + 1)) line++;
    left -= part.length;
    if (left === 0) break;
  }
  return line;
}

/** The beginning of a file, unpacked, as text: some kilobytes, for guessing what it holds. */
export async function readHead(path: string): Promise<string> {
  for await (const chunk of openUnpacked(path).chunks) return chunk.toString('utf8');
  return '';
}
