/**
 * Answers of a model on disk, keyed by a hash of the request: a rerun asks nobody and gives the same bytes. One JSON
 * object a line, only ever appended; a line that a killed process left half-written is passed over. Keeps keys and
 * positions in memory, not answers.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { hashValue, ioError, makeDirectory } from '../../core/node.ts';

interface Place {
  readonly at: number;
  readonly length: number;
}

/** Every read and write goes to the file at once; several processes may append to one file. */
export class AnswerCache {
  readonly path: string;
  private readonly places = new Map<string, Place>();
  /** How much of the file has been looked at. */
  private read = 0;

  constructor(path: string) {
    this.path = path;
    this.catchUp();
  }

  get size(): number {
    return this.places.size;
  }

  /** The key of a request: equal requests have equal keys, whatever the order of their fields. */
  static keyOf(request: unknown): string {
    return hashValue(request).slice(0, 32);
  }

  get(key: string): unknown {
    const place = this.places.get(key);
    if (place === undefined) return undefined;
    const bytes = Buffer.alloc(place.length);
    this.withFile((fd) => readFully(fd, bytes, place.at));
    return (JSON.parse(bytes.toString('utf8')) as { answer: unknown }).answer;
  }

  /** Keeps an answer. `request` goes beside it, for people who read the file. */
  set(key: string, request: unknown, answer: unknown): void {
    if (this.places.has(key)) return;
    try {
      makeDirectory(dirname(this.path));
      // A leading line end closes what a killed process may have left half-written; empty lines are passed over.
      appendFileSync(this.path, `${this.endsInLine() ? '' : '\n'}${JSON.stringify({ key, request, answer })}\n`);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.catchUp();
  }

  private endsInLine(): boolean {
    if (!existsSync(this.path)) return true;
    const last = Buffer.alloc(1);
    return this.withFile((fd) => {
      const { size } = fstatSync(fd);
      return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 10);
    });
  }

  /** Reads what was appended since. The first answer to a request stays. */
  private catchUp(): void {
    if (!existsSync(this.path)) return;
    this.withFile((fd) => {
      const chunk = Buffer.allocUnsafe(1 << 20);
      let pending: Buffer[] = [];
      let start = this.read;
      let at = this.read;
      for (let n = readSync(fd, chunk, 0, chunk.length, at); n > 0; n = readSync(fd, chunk, 0, chunk.length, at)) {
        let from = 0;
        for (let end = chunk.indexOf(10); end >= 0 && end < n; end = chunk.indexOf(10, from)) {
          const line = Buffer.concat([...pending, chunk.subarray(from, end)]);
          pending = [];
          this.add(line, start);
          from = end + 1;
          start = at + from;
          this.read = start;
        }
        pending.push(Buffer.from(chunk.subarray(from, n)));
        at += n;
      }
    });
  }

  private add(line: Buffer, at: number): void {
    if (line.length === 0) return;
    const key = keyIn(line);
    if (key !== undefined && !this.places.has(key)) this.places.set(key, { at, length: line.length });
  }

  private withFile<Result>(use: (fd: number) => Result): Result {
    try {
      const fd = openSync(this.path, 'r');
      try {
        return use(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw ioError(error, this.path, 'read');
    }
  }
}

function keyIn(line: Buffer): string | undefined {
  try {
    const { key, answer } = JSON.parse(line.toString('utf8')) as { key?: unknown; answer?: unknown };
    return typeof key === 'string' && answer !== undefined ? key : undefined;
  } catch {
    return undefined;
  }
}

function readFully(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    const n = readSync(fd, bytes, done, bytes.length - done, at + done);
    if (n === 0) throw new AthanorError('bad-file', 'the cache of answers was shortened while it was read');
    done += n;
  }
}
