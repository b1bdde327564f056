/** Files as streams of bytes, unpacked where their name ends in `.gz`. Node only. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { AthanorError } from './errors.ts';
import { ioError } from './fs.ts';

export interface UnpackedFile {
  /** The bytes, in order. @throws AthanorError('not-found' | 'io' | 'bad-file') */
  readonly chunks: AsyncIterable<Buffer>;
  /** How much of the file, as it lies on the disk, was read or passed over so far. */
  consumed(): number;
}

const chunkSize = 1 << 18;

/** Opens a file. @param from where the bytes begin, counted in the unpacked file */
export function openUnpacked(path: string, from = 0): UnpackedFile {
  const packed = path.endsWith('.gz');
  const start = packed ? 0 : from;
  const stream = createReadStream(path, { highWaterMark: chunkSize, start });
  async function* plain(): AsyncGenerator<Buffer> {
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      throw ioError(error, path, 'read');
    } finally {
      stream.destroy();
    }
  }
  async function* unpacked(): AsyncGenerator<Buffer> {
    const gunzip = createGunzip({ chunkSize });
    stream.on('error', (error) => gunzip.destroy(error));
    let toSkip = from;
    try {
      for await (const chunk of stream.pipe(gunzip) as AsyncIterable<Buffer>) {
        if (chunk.length > toSkip) yield chunk.subarray(toSkip);
        toSkip = Math.max(0, toSkip - chunk.length);
      }
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw ioError(error, path, 'read');
      throw new AthanorError('bad-file', `${path} is not a whole gzip file: ${(error as Error).message}`, {
        place: path,
        cause: error,
      });
    } finally {
      stream.destroy();
      gunzip.destroy();
    }
  }
  return { chunks: packed ? unpacked() : plain(), consumed: () => start + stream.bytesRead };
}
