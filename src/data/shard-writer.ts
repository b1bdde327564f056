/** Writes JSON Lines in shards, hashed while they are written. Buffers at most a quarter megabyte. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../core/node.ts';
import type { ShardFile } from './manifest.ts';

const BUFFER_CHARACTERS = 1 << 18;

export class ShardWriter {
  private readonly directory: string;
  private readonly nameOf: (index: number) => string;
  private readonly shardBytes: number;
  private readonly shards: ShardFile[] = [];
  private lines = '';
  private open: { fd: number; file: string; hash: Hash; documents: number; bytes: number } | undefined;

  /** @param shardBytes a shard is closed once it is at least this long; lines are never cut */
  constructor(directory: string, nameOf: (index: number) => string, shardBytes: number) {
    this.directory = directory;
    this.nameOf = nameOf;
    this.shardBytes = shardBytes;
  }

  add(record: unknown): void {
    this.open ??= this.start();
    this.lines += `${JSON.stringify(record)}\n`;
    this.open.documents++;
    if (this.lines.length >= Math.min(BUFFER_CHARACTERS, this.shardBytes)) this.flush();
    if (this.open.bytes >= this.shardBytes) this.close();
  }

  /** Closes the last shard. @returns all shards; one that never got a record is not there */
  finish(): ShardFile[] {
    if (this.open) this.close();
    return this.shards;
  }

  /** Closes the file after a failure. */
  abandon(): void {
    if (this.open) closeSync(this.open.fd);
    this.open = undefined;
  }

  private start(): NonNullable<ShardWriter['open']> {
    const file = this.nameOf(this.shards.length);
    const path = join(this.directory, file);
    try {
      return { fd: openSync(path, 'wx'), file, hash: createHash('sha256'), documents: 0, bytes: 0 };
    } catch (error) {
      throw ioError(error, path, 'write');
    }
  }

  private flush(): void {
    const bytes = Buffer.from(this.lines);
    this.lines = '';
    const { fd, hash, file } = this.open!;
    hash.update(bytes);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    } catch (error) {
      throw ioError(error, join(this.directory, file), 'write');
    }
    this.open!.bytes += bytes.length;
  }

  private close(): void {
    if (this.lines !== '') this.flush();
    const { fd, file, hash, documents, bytes } = this.open!;
    try {
      fsyncSync(fd);
    } catch (error) {
      throw ioError(error, join(this.directory, file), 'write');
    } finally {
      closeSync(fd);
      this.open = undefined;
    }
    this.shards.push({ file, documents, bytes, sha256: hash.digest('hex') });
  }
}
