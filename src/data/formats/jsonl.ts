/** JSON Lines (jsonlines.org): one value a line. A path that ends in `.gz` is packed. */
import { gzipSync } from 'node:zlib';
import { writePieces } from './atomic-file.ts';

/** @returns how many lines were written. Memory: a quarter megabyte and one value */
export async function writeJsonl(path: string, values: AsyncIterable<unknown>): Promise<number> {
  let lines = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const value of values) {
      lines++;
      yield Buffer.from(`${JSON.stringify(value)}\n`);
    }
  }
  // Members that follow each other are one gzip file (RFC 1952 §2.2).
  await writePieces(path, pieces(), path.endsWith('.gz') ? (bytes) => gzipSync(bytes) : undefined);
  return lines;
}
