/** A file that is written piece by piece and is there whole or not at all: aside, synced, renamed into place. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError, makeDirectory, syncDirectory } from '../../core/node.ts';

const BUFFER_BYTES = 1 << 18;

/**
 * @param fill writes to the path it is given; what it throws leaves nothing behind
 * @throws AthanorError('io') naming the path
 */
export async function writeAside(path: string, fill: (temp: string) => Promise<void>): Promise<void> {
  const temp = `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    makeDirectory(dirname(path));
    await fill(temp);
    const fd = openSync(temp, 'r+');
    try {
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

/** Writes pieces as they come, a quarter megabyte at a time. */
export async function writePieces(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  pack: (bytes: Buffer) => Uint8Array = (bytes) => bytes,
): Promise<void> {
  await writeAside(path, async (temp) => {
    const fd = openSync(temp, 'wx');
    let waiting: Uint8Array[] = [];
    let length = 0;
    const flush = () => {
      const bytes = pack(Buffer.concat(waiting));
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      [waiting, length] = [[], 0];
    };
    try {
      for await (const piece of pieces) {
        waiting.push(piece);
        length += piece.length;
        if (length >= BUFFER_BYTES) flush();
      }
      if (length > 0) flush();
    } finally {
      closeSync(fd);
    }
  });
}
