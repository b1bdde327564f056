/**
 * The features of a training set, read many times in any order: in memory up to a limit, the rest in a temporary file.
 * 8 bytes of memory an example, whatever the limit.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';

const chunkLength = 1 << 20;

export class FeatureStore {
  /** First feature of every example, counted over all; one more at the end. */
  readonly #starts: number[] = [0];
  readonly #chunks: Uint32Array[] = [];
  #tail = new Uint32Array(chunkLength);
  #used = 0;
  #file: { readonly directory: string; readonly fd: number } | undefined;
  #buffer = new Uint32Array(1024);
  readonly #memoryLimit: number;

  /** @param memoryBytes what is beyond this goes to the disk */
  constructor(memoryBytes = 256 << 20) {
    this.#memoryLimit = Math.max(1, Math.floor(memoryBytes / 4 / chunkLength));
  }

  get examples(): number {
    return this.#starts.length - 1;
  }

  add(features: Uint32Array): void {
    let from = 0;
    while (from < features.length) {
      const n = Math.min(features.length - from, chunkLength - this.#used);
      this.#tail.set(features.subarray(from, from + n), this.#used);
      this.#used += n;
      from += n;
      if (this.#used === chunkLength) this.#closeChunk();
    }
    this.#starts.push(this.#starts[this.#starts.length - 1]! + features.length);
  }

  /** The features of one example; valid until the next call. */
  get(index: number): Uint32Array {
    const start = this.#starts[index]!;
    const length = this.#starts[index + 1]! - start;
    const first = Math.floor(start / chunkLength);
    const at = start % chunkLength;
    const chunk = this.#chunkInMemory(first);
    if (chunk !== undefined && at + length <= chunkLength) return chunk.subarray(at, at + length);
    if (this.#buffer.length < length) this.#buffer = new Uint32Array(length * 2);
    for (let done = 0; done < length; ) {
      const number = Math.floor((start + done) / chunkLength);
      const offset = (start + done) % chunkLength;
      const n = Math.min(length - done, chunkLength - offset);
      const source = this.#chunkInMemory(number);
      if (source !== undefined) this.#buffer.set(source.subarray(offset, offset + n), done);
      else this.#readFile((number - this.#memoryLimit) * chunkLength + offset, this.#buffer.subarray(done, done + n));
      done += n;
    }
    return this.#buffer.subarray(0, length);
  }

  dispose(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file.fd);
    rmSync(this.#file.directory, { recursive: true, force: true });
    this.#file = undefined;
  }

  #chunkInMemory(number: number): Uint32Array | undefined {
    const total = this.#starts[this.#starts.length - 1]!;
    if (number === Math.floor(total / chunkLength)) return this.#tail;
    return number < this.#memoryLimit ? this.#chunks[number] : undefined;
  }

  #closeChunk(): void {
    if (this.#chunks.length < this.#memoryLimit) {
      this.#chunks.push(this.#tail);
      this.#tail = new Uint32Array(chunkLength);
    } else this.#append(this.#tail);
    this.#used = 0;
  }

  #append(chunk: Uint32Array): void {
    const directory = this.#file?.directory ?? mkdtempSync(join(tmpdir(), 'athanor-features-'));
    try {
      this.#file ??= { directory, fd: openSync(join(directory, 'features'), 'w+') };
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file.fd, bytes, at);
    } catch (error) {
      throw ioError(error, directory, 'write');
    }
  }

  #readFile(at: number, target: Uint32Array): void {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const n = readSync(this.#file!.fd, bytes, done, bytes.length - done, at * 4 + done);
      if (n === 0) throw new AthanorError('io', `the temporary file ${this.#file!.directory} ended too early`);
      done += n;
    }
  }
}
