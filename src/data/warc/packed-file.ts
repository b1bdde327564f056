/** A file read at any place, synchronously; the bytes around a place are kept. For formats that are walked by hops. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ioError } from '../../core/node.ts';

const AHEAD = 1 << 20;

export class PackedFile {
  readonly path: string;
  readonly size: number;
  private readonly fd: number;
  private ahead: Buffer = Buffer.alloc(0);
  private aheadAt = 0;

  /** @throws AthanorError('not-found' | 'io') */
  constructor(path: string) {
    this.path = path;
    try {
      this.fd = openSync(path, 'r');
      this.size = fstatSync(this.fd).size;
    } catch (error) {
      throw ioError(error, path, 'read');
    }
  }

  /** At most `length` bytes from `offset`; fewer only at the file's end. A view: not to be written to. */
  read(offset: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > AHEAD / 2) return this.load(offset, wanted);
    const from = offset - this.aheadAt;
    if (from >= 0 && from + wanted <= this.ahead.length) return this.ahead.subarray(from, from + wanted);
    // A new buffer each time, so that views given before stay good.
    this.ahead = this.load(offset, Math.min(AHEAD, this.size - offset));
    this.aheadAt = offset;
    return this.ahead.subarray(0, wanted);
  }

  private load(offset: number, wanted: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, wanted));
    let done = 0;
    try {
      while (done < wanted) {
        const n = readSync(this.fd, buffer, done, wanted - done, offset + done);
        if (n === 0) break;
        done += n;
      }
    } catch (error) {
      throw ioError(error, this.path, 'read');
    }
    return buffer.subarray(0, done);
  }

  /** The bytes from `start` to `end`, in pieces. */
  *pieces(start: number, end = this.size, pieceBytes = 1 << 18): Generator<Buffer> {
    for (let at = start; at < end; ) {
      const piece = this.read(at, Math.min(pieceBytes, end - at));
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Unpacked bytes, and where they come from. */
export interface Piece {
  readonly bytes: Buffer;
  /** Where their gzip member or zstd frame begins in the file; 0 in plain files. */
  readonly member: number;
  /** How many unpacked bytes of that member come before. */
  readonly inner: number;
}
