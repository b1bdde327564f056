/** Atomic file-system writes: temp file + fsync + rename, so that a reader never sees half a file. Node only. */
import { isUtf8 } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AthanorError } from './errors.ts';

/** Maps an operating-system error to ours: says which path, what failed, and what to do. */
export function ioError(error: unknown, path: string, doing: string): AthanorError {
  if (error instanceof AthanorError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known: Record<string, [string, string]> = {
    ENOENT: ['no such file or directory', 'Check the path.'],
    EACCES: ['permission denied', 'Check who owns the path.'],
    EPERM: ['not permitted', 'Check who owns the path.'],
    ENOSPC: [
      'no space left on the device',
      'Free some space, then run the same command again; nothing half-written was left.',
    ],
    EDQUOT: ['disk quota exceeded', 'Free some space, then run the same command again; nothing half-written was left.'],
    EROFS: ['the file system is read-only', 'Choose another --workspace.'],
    EISDIR: ['it is a directory', 'Give a file.'],
    ENOTDIR: ['a part of the path is not a directory', 'Check the path.'],
    EEXIST: ['something else is there already', 'Choose another path.'],
    EFBIG: ['the file is larger than the system allows', 'Raise the limit, or choose another disk.'],
  };
  const [what, hint] = known[code] ?? [(error as Error).message, undefined];
  return new AthanorError(code === 'ENOENT' ? 'not-found' : 'io', `cannot ${doing} ${path}: ${what}`, {
    place: path,
    hint,
    cause: error,
  });
}

/**
 * Makes a directory and its parents. Node's own `recursive` never returns where the system says that a parent which is
 * there does not exist, as under /proc.
 * @throws the system's error
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || existsSync(parent)) throw error;
    makeDirectory(parent);
    mkdirSync(path);
  }
}

/** Writes all of `bytes` at the current position. */
function writeAll(fd: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += writeSync(fd, bytes, offset, bytes.length - offset);
}

/** Flushes a directory entry, where the platform can. */
export function syncDirectory(path: string): void {
  try {
    const fd = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Windows cannot open a directory; the rename itself is still atomic there.
  }
}

/**
 * Writes a file so that it is there whole or not at all.
 * @throws AthanorError('io') naming the path; the temp file is removed
 */
export function writeFileAtomic(path: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  const temp = `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    makeDirectory(dirname(path));
    const fd = openSync(temp, 'wx');
    try {
      if (typeof content === 'string') writeAll(fd, Buffer.from(content));
      else if (content instanceof Uint8Array) writeAll(fd, content);
      else for (const chunk of content) writeAll(fd, chunk);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temp, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temp, { force: true });
    throw ioError(error, path, 'write');
  }
}

/** Writes pretty JSON atomically. */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Fills a directory aside, then renames it into place: readers see the old one or the new one, never a mixture.
 * @param fill writes into the directory it is given (async; files are expected to be synced by `writeFileAtomic`)
 */
export async function writeDirectoryAtomic(path: string, fill: (temp: string) => void | Promise<void>): Promise<void> {
  const temp = `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    makeDirectory(temp);
    await fill(temp);
    syncDirectory(temp);
    // A directory cannot be renamed over a non-empty one: move the old one away first, remove it last.
    const old = `${path}.old-${process.pid}-${randomBytes(4).toString('hex')}`;
    const replaces = existsSync(path);
    if (replaces) renameSync(path, old);
    try {
      renameSync(temp, path);
    } catch (error) {
      if (replaces) renameSync(old, path);
      throw error;
    }
    syncDirectory(dirname(path));
    if (replaces) rmSync(old, { recursive: true, force: true });
  } catch (error) {
    rmSync(temp, { recursive: true, force: true });
    throw ioError(error, path, 'write');
  }
}

/**
 * Clears a directory of what killed writers left in it: half-written things are removed, and a directory that was moved
 * away for a successor that never came is moved back. Those of living processes are not touched.
 */
export function clearLeftovers(directory: string): void {
  if (!existsSync(directory)) return;
  try {
    for (const name of readdirSync(directory)) {
      const [, original, kind, pid] = /^(.+)\.(tmp|old)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
      if (original === undefined || isAlive(Number(pid))) continue;
      if (kind === 'old' && !existsSync(join(directory, original)))
        renameSync(join(directory, name), join(directory, original));
      else rmSync(join(directory, name), { recursive: true, force: true });
    }
  } catch (error) {
    throw ioError(error, directory, 'clean');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes a directory so that a reader never sees a part of it: it loses its name first. @throws AthanorError('io') */
export function removeDirectoryAtomic(path: string): void {
  const old = `${path}.old-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    renameSync(path, old);
    rmSync(old, { recursive: true, force: true });
  } catch (error) {
    throw ioError(error, path, 'remove');
  }
}

/** Reads a UTF-8 file, without its byte-order mark. @throws AthanorError('not-found' | 'io' | 'bad-file') */
export function readText(path: string): string {
  try {
    return decodeText(readFileSync(path), path);
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}

/** Bytes as text, without a byte-order mark. @throws AthanorError('bad-file') where they are not UTF-8 */
export function decodeText(bytes: Uint8Array, path: string): string {
  if (!isUtf8(bytes))
    throw new AthanorError('bad-file', `${path} is not valid UTF-8`, {
      place: path,
      hint: 'Convert it, for example with iconv.',
    });
  return new TextDecoder().decode(bytes);
}

/** Reads and parses JSON. @throws AthanorError('bad-file') naming the file and the position */
export function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AthanorError('bad-file', `${path} is not valid JSON: ${(error as Error).message}`, {
      place: path,
      cause: error,
    });
  }
}

/** SHA-256 (hex) of a file, read in pieces. */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  try {
    const fd = openSync(path, 'r');
    try {
      for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) hash.update(buffer.subarray(0, n));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw ioError(error, path, 'read');
  }
  return hash.digest('hex');
}

/** SHA-256 (hex) of a JSON value with sorted keys, so that equal values have equal hashes. */
export function hashValue(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/** `path` must exist. @throws AthanorError('not-found') naming what was looked for */
export function mustExist(path: string, what: string, hint?: string): string {
  if (!existsSync(path)) throw new AthanorError('not-found', `${what} not found: ${path}`, { place: path, hint });
  return path;
}
