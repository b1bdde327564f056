/**
 * Files as streams of bytes and lines: gzip by extension, UTF-8 checked a line at a time, memory bounded by the longest
 * line. Also finds files by path or glob. Knows nothing about documents.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { hashFile, openUnpacked } from '../core/node.ts';
import type { InputFile } from './source.ts';

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

const KEPT_BYTES = 1 << 16;

/**
 * The lines of a file (ends: \n or \r\n; a byte-order mark is removed), in batches: one batch a chunk.
 * @param maxLineBytes a longer line is reported as bad and skipped without being held in memory
 */
export async function* readLines(path: string, maxLineBytes = 64 << 20): AsyncGenerator<Line[]> {
  let number = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const finish = (last: Buffer): Line => {
    const length = pendingBytes + last.length;
    number++;
    if (length > maxLineBytes) {
      const bytes = Buffer.concat([...pending, last]).subarray(0, KEPT_BYTES);
      return { number, text: undefined, bad: 'line-too-long', bytes };
    }
    let bytes = pending.length > 0 ? Buffer.concat([...pending, last]) : last;
    if (bytes[bytes.length - 1] === 13) bytes = bytes.subarray(0, -1);
    if (number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    if (!isUtf8(bytes)) return { number, text: undefined, bad: 'not-utf8', bytes: Buffer.from(bytes) };
    return { number, text: bytes.toString('utf8') };
  };
  for await (const chunk of openUnpacked(path).chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      lines.push(finish(chunk.subarray(start, end)));
      start = end + 1;
      pending = [];
      pendingBytes = 0;
    }
    const rest = chunk.subarray(start);
    pendingBytes += rest.length;
    // Of a line that is already too long only the beginning stays.
    if (rest.length > 0 && (pendingBytes <= maxLineBytes || pending.length === 0)) pending.push(Buffer.from(rest));
    if (lines.length > 0) yield lines;
  }
  if (pendingBytes > 0) {
    const last = finish(Buffer.alloc(0));
    yield [last];
  }
}

/** What a bad line's report says. */
export function badLineDetail(bad: 'not-utf8' | 'line-too-long', maxLineBytes: number): string {
  return bad === 'not-utf8' ? 'the line is not valid UTF-8' : `the line is longer than ${maxLineBytes} bytes`;
}
