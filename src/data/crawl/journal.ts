/**
 * An append-only file of JSON lines that survives being killed: a line is written by one call, and a file is read up to
 * the last line that is whole. Lines are found again by their offset.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { invariant } from '../../core/index.ts';
import { ioError, makeDirectory } from '../../core/node.ts';

export class Journal {
  readonly path: string;
  private readonly fd: number;
  private end: number;
  private isOpen = true;

  /** Opens or makes the file. */
  constructor(path: string) {
    this.path = path;
    try {
      makeDirectory(dirname(path));
      this.fd = openSync(path, existsSync(path) ? 'r+' : 'wx+');
      this.end = fstatSync(this.fd).size;
    } catch (error) {
      throw ioError(error, path, 'open');
    }
  }

  get offset(): number {
    return this.end;
  }

  /** @returns where each line begins */
  append(values: readonly unknown[]): number[] {
    const offsets: number[] = [];
    const lines: Buffer[] = [];
    let at = this.end;
    for (const value of values) {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      offsets.push(at);
      lines.push(line);
      at += line.length;
    }
    const bytes = Buffer.concat(lines);
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.fd, bytes, done, bytes.length - done, this.end + done);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.end = at;
    return offsets;
  }

  /** The line that begins at `offset`. */
  read(offset: number): unknown {
    for (let size = 4096; ; size *= 4) {
      const buffer = Buffer.allocUnsafe(size);
      const length = readSync(this.fd, buffer, 0, size, offset);
      const newline = buffer.subarray(0, length).indexOf(10);
      if (newline >= 0) return JSON.parse(buffer.toString('utf8', 0, newline));
      invariant(length === size, `no line at ${offset} of ${this.path}`);
    }
  }

  /**
   * Every line that is whole, in order; what follows the first broken one, or `until`, is cut off at the end of the reading.
   * @param from where a line begins
   */
  *replay(until = this.end, from = 0): Generator<{ readonly offset: number; readonly value: unknown }> {
    const buffer = Buffer.allocUnsafe(1 << 20);
    let pending: Buffer = Buffer.alloc(0);
    let start = Math.min(from, this.end);
    for (let at = start; at < until; ) {
      const length = readSync(this.fd, buffer, 0, Math.min(buffer.length, until - at), at);
      if (length === 0) break;
      at += length;
      pending = Buffer.concat([pending, buffer.subarray(0, length)]);
      let line = 0;
      for (let newline = pending.indexOf(10); newline >= 0; newline = pending.indexOf(10, line)) {
        const value = parse(pending.toString('utf8', line, newline));
        if (value === undefined) return this.cut(start);
        yield { offset: start, value };
        start += newline + 1 - line;
        line = newline + 1;
      }
      pending = pending.subarray(line);
    }
    this.cut(start);
  }

  /** Cuts the file off. */
  cut(offset: number): void {
    if (offset === this.end) return;
    try {
      ftruncateSync(this.fd, offset);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.end = offset;
  }

  sync(): void {
    try {
      fsyncSync(this.fd);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
  }

  close(): void {
    if (this.isOpen) closeSync(this.fd);
    this.isOpen = false;
  }
}

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
