/** Lines and counted bytes out of a stream of pieces. Holds one piece, and what was asked for. */
import { isUtf8 } from 'node:buffer';
import type { Piece } from './packed-file.ts';

export class ByteReader {
  private readonly pieces: AsyncIterator<Piece>;
  private piece: Piece = { bytes: Buffer.alloc(0), member: 0, inner: 0 };
  private at = 0;
  /** Bytes read or passed over so far. */
  consumed = 0;

  constructor(pieces: AsyncIterable<Piece>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** The place of the next byte. */
  async place(): Promise<{ member: number; inner: number }> {
    await this.fill();
    return { member: this.piece.member, inner: this.piece.inner + this.at };
  }

  /** A line without its end; undefined at the end of the stream. A longer one comes in parts of `max` bytes. */
  async line(max: number): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < max && (await this.fill())) {
      const { bytes } = this.piece;
      const end = bytes.indexOf(10, this.at);
      const limit = this.at + max - length;
      const stop = Math.min(end < 0 ? bytes.length : end, limit);
      parts.push(bytes.subarray(this.at, stop));
      length += stop - this.at;
      this.move(stop);
      if (stop !== end || stop === limit) continue;
      this.move(stop + 1);
      return textOf(parts);
    }
    return length > 0 ? textOf(parts) : undefined;
  }

  /** `length` bytes; fewer only at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let rest = length; rest > 0 && (await this.fill()); ) {
      const part = this.piece.bytes.subarray(this.at, this.at + rest);
      parts.push(part);
      this.move(this.at + part.length);
      rest -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** @returns how many bytes there were to pass over */
  async skip(length: number): Promise<number> {
    let rest = length;
    while (rest > 0 && (await this.fill())) {
      const step = Math.min(rest, this.piece.bytes.length - this.at);
      this.move(this.at + step);
      rest -= step;
    }
    return length - rest;
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  private move(to: number): void {
    this.consumed += to - this.at;
    this.at = to;
  }

  private async fill(): Promise<boolean> {
    while (this.at >= this.piece.bytes.length) {
      const next = await this.pieces.next();
      if (next.done) return false;
      this.piece = next.value;
      this.at = 0;
    }
    return true;
  }
}

/** WARC headers are UTF-8, older ones whatever the server sent. */
function textOf(parts: readonly Buffer[]): string {
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const end = bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length;
  return bytes.subarray(0, end).toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}
