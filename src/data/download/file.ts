/** A large file of known size: fetched into `<path>.part`, gone on with after breaks and kills, checked, renamed. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { hashFile, ioError, makeDirectory, syncDirectory } from '../../core/node.ts';
import type { HttpClient, StreamedAnswer } from './client.ts';

export interface FileToFetch {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What messages call it. */
  readonly label: string;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in hex, where it is known. */
  readonly sha256?: string | undefined;
  readonly progress?: (bytes: number) => void;
}

/** @throws AthanorError('io' | 'bad-file'), with `<path>.part` kept for the next time where it is good so far */
export async function fetchFile(client: HttpClient, file: FileToFetch): Promise<void> {
  if (existsSync(file.path) && statSync(file.path).size === file.bytes) return;
  const part = `${file.path}.part`;
  makeDirectory(dirname(file.path));
  for (let again = false; ; again = true) {
    // Whole, but not under its name: killed before the check, which tells whether it is good.
    const unchecked = file.sha256 !== undefined && existsSync(part) && sizeOf(part) === file.bytes;
    if (!unchecked) await receiveAll(client, part, file);
    if (file.sha256 === undefined || hashFile(part) === file.sha256) break;
    rmSync(part);
    if (!again) continue; // What was there before may have been another file's beginning.
    throw new AthanorError('bad-file', `${file.label} does not have the checksum that the server names`, {
      place: file.label,
      hint: 'Run the same command again; if it stays so, the file on the server is damaged.',
      values: { expected: file.sha256 },
    });
  }
  renameSync(part, file.path);
  syncDirectory(dirname(file.path));
}

function receiveAll(client: HttpClient, part: string, file: FileToFetch): Promise<void> {
  const headers = () => {
    const have = sizeOf(part);
    return have > 0 && have < file.bytes ? { ...file.headers, range: `bytes=${have}-` } : file.headers;
  };
  const request = { label: file.label, maxBytes: file.bytes, accept: [206, 416], headers };
  return client.stream(file.url, request, (answer) => receive(answer, part, file));
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

async function receive({ status, headers, chunks }: StreamedAnswer, part: string, file: FileToFetch): Promise<void> {
  if (status === 416) {
    rmSync(part, { force: true });
    throw incomplete(file, 'the server refuses to go on where the last try ended');
  }
  const from = status === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN) : 0;
  if (status === 206 && from !== sizeOf(part))
    throw incomplete(file, 'the server sends another part than was asked for');
  let at = from;
  try {
    const fd = openSync(part, existsSync(part) ? 'r+' : 'w');
    try {
      ftruncateSync(fd, from);
      for await (const chunk of chunks) {
        if (at + chunk.length > file.bytes) throw incomplete(file, `the server sends more than ${file.bytes} bytes`);
        for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done, chunk.length - done, at + done);
        at += chunk.length;
        file.progress?.(at);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isSystemError(error)) throw ioError(error, part, 'write');
    throw error;
  }
  if (at < file.bytes) throw incomplete(file, `the server sent ${at} of ${file.bytes} bytes`);
}

/** Of the file system; the network's are for the client, which tries again. */
function isSystemError(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EFBIG|EISDIR|EIO)$/.test((error as NodeJS.ErrnoException).code ?? '');
}

/** No AthanorError, so that the client tries again. */
function incomplete(file: FileToFetch, what: string): RangeError {
  return new RangeError(`${what} (${file.label})`);
}
