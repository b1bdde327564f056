/**
 * Files as streams of bytes and lines: gzip by extension, UTF-8 checked a line at a time, memory bounded by the longest
 * line. Also finds files by path or glob. Knows nothing about documents.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { hashFile, openUnpacked } from '../core/node.ts';
import type { InputFile, SourceInputs } from './source.ts';

/** A file found by a pattern. */
export interface FoundFile {
  /** To open it. */
  readonly path: string;
  /** To name it, independent of the machine: relative to the base where it lies below it, else its own name. */
  readonly name: string;
}

/**
 * The files that paths and globs (`*`, `?`, `**`, `{a,b}`) mean, sorted by name, each once.
 * @throws AthanorError('not-found') for a pattern that no file matches
 */
export function findFiles(patterns: string | readonly string[], baseDir: string): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const pattern of typeof patterns === 'string' ? [patterns] : patterns) {
    const full = resolve(baseDir, pattern);
    const paths = existsSync(full) ? (statSync(full).isDirectory() ? walk(full) : [full]) : expandGlob(full);
    if (paths.length === 0) {
      throw new AthanorError('not-found', `no file matches '${pattern}'`, {
        place: full,
        hint: `Relative paths begin at ${baseDir}.`,
      });
    }
    for (const path of paths) found.set(path, { path, name: nameOf(path, baseDir) });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function nameOf(path: string, baseDir: string): string {
  const inside = relative(resolve(baseDir), path);
  if (inside.startsWith('..') || isAbsolute(inside)) return basename(path);
  return inside.split(sep).join('/');
}

function walk(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.')) return [];
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}

function expandGlob(pattern: string): string[] {
  if (!/[*?{]/.test(pattern)) return [];
  const parts = pattern.split(sep);
  const first = parts.findIndex((part) => /[*?{]/.test(part));
  const root = parts.slice(0, first).join(sep) || sep;
  if (!existsSync(root)) return [];
  const matcher = globToRegExp(parts.slice(first).join('/'));
  return walk(root).filter((path) => matcher.test(relative(root, path).split(sep).join('/')));
}

/** The regular expression of a glob over `/`-separated paths. */
export function globToRegExp(glob: string): RegExp {
  let source = '';
  let braces = 0;
  for (let i = 0; i < glob.length; i++) {
    const character = glob[i]!;
    if (character === '*') {
      if (glob[i + 1] !== '*') source += '[^/]*';
      else {
        i += glob[i + 2] === '/' ? 2 : 1;
        source += glob[i] === '/' ? '(?:[^/]+/)*' : '.*';
      }
    } else if (character === '?') source += '[^/]';
    else if (character === '{') [source, braces] = [`${source}(?:`, braces + 1];
    else if (character === '}' && braces > 0) [source, braces] = [`${source})`, braces - 1];
    else if (character === ',' && braces > 0) source += '|';
    else source += character.replace(/[.+^$()|[\]\\{}]/g, '\\$&');
  }
  return new RegExp(`^${source}${')'.repeat(braces)}$`);
}

/** Size and hash of each file. */
export function describeFiles(files: readonly FoundFile[]): InputFile[] {
  return files.map(({ path, name }) => ({ path: name, bytes: statSync(path).size, sha256: hashFile(path) }));
}

/** What a source reads that reads files and nothing else. */
export function fileInputs(
  { path }: { readonly path: string | readonly string[] },
  { baseDir }: { readonly baseDir: string },
): SourceInputs {
  return { files: describeFiles(findFiles(path, baseDir)), parents: [] };
}

/** Files in groups that one thread reads at once: some megabytes, and not too many, together. */
export function* groupFiles(files: readonly FoundFile[], groupBytes = 4 << 20, most = 64): Generator<FoundFile[]> {
  let group: FoundFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const size = statSync(file.path).size;
    if (group.length > 0 && (bytes + size > groupBytes || group.length === most)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(file);
    bytes += size;
  }
  if (group.length > 0) yield group;
}

/** Whole lines of a file, or the beginning of one that is too long. Plain data, to be sent to a thread. */
export interface LineBlock {
  /** Number of the first line, from 1. */
  readonly first: number;
  readonly bytes: Uint8Array;
  readonly tooLong?: true;
}

/** One line, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** undefined where the line is not text; then `bad` says why. */
  readonly text: string | undefined;
  readonly bad?: 'not-utf8' | 'line-too-long';
  /** The bytes of a bad line (of one that is too long, the first 64 KiB). */
  readonly bytes?: Uint8Array;
}

const keptBytes = 1 << 16;
const newline = 10;

/**
 * A file as blocks of whole lines, about `blockBytes` each; the same blocks every time.
 * @param maxLineBytes a longer line is skipped without being held in memory
 */
export async function* readLineBlocks(
  path: string,
  maxLineBytes = 64 << 20,
  blockBytes = 1 << 20,
): AsyncGenerator<LineBlock> {
  let parts: Buffer[] = [];
  let length = 0;
  let first = 1;
  /** The beginning of a line that is being skipped. */
  let skipped: Buffer | undefined;
  const take = (bytes: Buffer): LineBlock => {
    const block = { first, bytes };
    first += countLines(bytes);
    return block;
  };
  for await (const chunk of openUnpacked(path).chunks) {
    let rest = chunk;
    if (skipped) {
      const end = rest.indexOf(newline);
      if (end < 0) continue;
      yield { first: first++, bytes: skipped, tooLong: true };
      skipped = undefined;
      rest = rest.subarray(end + 1);
    }
    parts.push(rest);
    length += rest.length;
    if (length < blockBytes) continue;
    if (rest.indexOf(newline) < 0 && length <= maxLineBytes) continue;
    const bytes = Buffer.concat(parts);
    const cut = bytes.lastIndexOf(newline) + 1;
    if (cut > 0) yield take(bytes.subarray(0, cut));
    const tail = bytes.subarray(cut);
    if (tail.length > maxLineBytes) {
      skipped = Buffer.from(tail.subarray(0, keptBytes));
      parts = [];
      length = 0;
    } else {
      parts = [tail];
      length = tail.length;
    }
  }
  if (skipped) yield { first, bytes: skipped, tooLong: true };
  if (length > 0) yield take(Buffer.concat(parts));
}

/** The lines of a block (ends: \n or \r\n; a byte-order mark of the file is removed). */
export function* linesOf(block: LineBlock, maxLineBytes = 64 << 20): Generator<Line> {
  const { first, tooLong } = block;
  if (tooLong) {
    yield { number: first, text: undefined, bad: 'line-too-long', bytes: block.bytes };
    return;
  }
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.length);
  let number = first;
  for (let start = 0; start < bytes.length; number++) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    yield lineOf(number, bytes.subarray(start, end), maxLineBytes);
    start = end + 1;
  }
}

/** The lines of a file in batches. See `readLineBlocks`. */
export async function* readLines(path: string, maxLineBytes = 64 << 20): AsyncGenerator<Line[]> {
  for await (const block of readLineBlocks(path, maxLineBytes, 1 << 18)) yield [...linesOf(block, maxLineBytes)];
}

function lineOf(number: number, whole: Buffer, maxLineBytes: number): Line {
  if (whole.length > maxLineBytes)
    return { number, text: undefined, bad: 'line-too-long', bytes: whole.subarray(0, keptBytes) };
  let bytes = whole;
  if (bytes[bytes.length - 1] === 13) bytes = bytes.subarray(0, -1);
  if (number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
  if (!isUtf8(bytes)) return { number, text: undefined, bad: 'not-utf8', bytes: Buffer.from(bytes) };
  return { number, text: bytes.toString('utf8') };
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

/** What a bad line's report says. */
export function badLineDetail(bad: 'not-utf8' | 'line-too-long', maxLineBytes: number): string {
  return bad === 'not-utf8' ? 'the line is not valid UTF-8' : `the line is longer than ${maxLineBytes} bytes`;
}
