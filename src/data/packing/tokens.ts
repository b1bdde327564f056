/**
 * Token shards: a split's documents as one stream of token ids on disk, memory-mapped for training.
 *   tokens.bin  ids, uint16 little-endian when the vocabulary has at most 65,536 entries, else uint32
 *   index.bin   uint64 little-endian: where each document begins, then the end of the last
 *   mask.bin    uint8 a token, only where some tokens do not count in the loss: 1 = it counts as a target
 *   tokens.json what it is, with sizes and hashes
 * Knows no tokenizer: ids come from the caller.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError, parse } from '../../core/index.ts';
import {
  type FileView,
  hashFile,
  ioError,
  openFileView,
  readJson,
  writeDirectoryAtomic,
  writeJson,
} from '../../core/node.ts';
import type { Document } from '../document.ts';

/** The label of a token that does not count in the loss (as in PyTorch and Hugging Face). */
export const IGNORED = -100;

/** One document as tokens, with its beginning and end tokens already in place. */
export interface EncodedDocument {
  readonly ids: ArrayLike<number>;
  /** As long as `ids`, not shifted: the id where the token counts as a target, -100 where not. Default: all count. */
  readonly labels?: ArrayLike<number>;
  /** UTF-8 bytes of the text that the tokens stand for (bits per byte). */
  readonly bytes: number;
}

const fileEntry = z.strictObject({ bytes: z.int(), sha256: z.string() });

const tokenInfoSchema = z.strictObject({
  format: z.literal('athanor-tokens'),
  schema: z.literal(1),
  dtype: z.enum(['uint16', 'uint32']),
  vocab_size: z.int().positive(),
  documents: z.int(),
  tokens: z.int(),
  /** Tokens that are targets: not the first of their document, and not masked. */
  targets: z.int(),
  /** UTF-8 bytes of all texts. */
  bytes: z.int(),
  files: z.strictObject({ 'tokens.bin': fileEntry, 'index.bin': fileEntry, 'mask.bin': fileEntry.optional() }),
  /** The caller's: which dataset version, split, tokenizer. */
  meta: z.record(z.string(), z.unknown()),
});
export type TokenInfo = z.output<typeof tokenInfoSchema>;

export interface WriteTokensOptions {
  readonly vocabSize: number;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the documents and tokens so far. */
  readonly onProgress?: (documents: number, tokens: number) => void;
}

/**
 * Writes a directory of token shards, whole or not at all. Equal input gives equal bytes.
 * @throws AthanorError('bad-input') when there is no token; ('internal') for an id outside the vocabulary
 */
export async function writeTokens(
  directory: string,
  documents: AsyncIterable<EncodedDocument> | Iterable<EncodedDocument>,
  options: WriteTokensOptions,
): Promise<TokenInfo> {
  let info: TokenInfo | undefined;
  await writeDirectoryAtomic(directory, async (temp) => {
    const writer = new TokenWriter(temp, options.vocabSize);
    try {
      let count = 0;
      for await (const document of documents) {
        writer.add(document);
        if (++count % 512 !== 0) continue;
        options.onProgress?.(count, writer.tokens);
        await new Promise((resolve) => setImmediate(resolve));
        if (options.signal?.aborted)
          throw new AthanorError('cancelled', 'writing tokens was stopped', { cause: options.signal.reason });
      }
      info = writer.finish(options.meta ?? {});
    } finally {
      writer.abandon();
    }
    writeJson(join(temp, 'tokens.json'), info);
  });
  return info!;
}

/** Makes plain documents into tokens: `[bos] text [eos]`. Without `bos` the first token of a document is no target. */
export function documentEncoder(
  tokenizer: { encode(text: string, options?: { addSpecialTokens?: boolean }): ArrayLike<number> },
  { bos, eos }: { readonly bos?: number | undefined; readonly eos?: number | undefined },
): (document: Document) => EncodedDocument {
  return ({ text }) => {
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    const before = bos === undefined ? [] : [bos];
    const after = eos === undefined ? [] : [eos];
    return {
      ids: before.length + after.length === 0 ? ids : [...before, ...Array.from(ids), ...after],
      bytes: Buffer.byteLength(text),
    };
  };
}

/** Documents through an encoder, lazily. */
export async function* encodeDocuments(
  documents: AsyncIterable<Document>,
  encode: (document: Document) => EncodedDocument,
): AsyncGenerator<EncodedDocument> {
  for await (const document of documents) yield encode(document);
}

/** A file that is hashed while it is written, with a buffer in front. */
class HashedFile {
  private readonly path: string;
  private fd: number | undefined;
  private readonly hash: Hash = createHash('sha256');
  private readonly buffer = Buffer.allocUnsafe(1 << 18);
  private used = 0;
  bytes = 0;

  constructor(path: string) {
    this.path = path;
    try {
      this.fd = openSync(path, 'wx');
    } catch (error) {
      throw ioError(error, path, 'write');
    }
  }

  /** Room for `size` more bytes: writes the buffer out where it is full. @returns where in `target` to put them */
  reserve(size: number): number {
    if (this.used + size > this.buffer.length) this.flush();
    const at = this.used;
    this.used += size;
    return at;
  }

  get target(): Buffer {
    return this.buffer;
  }

  finish(): { bytes: number; sha256: string } {
    this.flush();
    try {
      fsyncSync(this.fd!);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.close();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private flush(): void {
    const bytes = this.buffer.subarray(0, this.used);
    this.hash.update(bytes);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd!, bytes, done);
    } catch (error) {
      throw ioError(error, this.path, 'write');
    }
    this.bytes += this.used;
    this.used = 0;
  }
}

class TokenWriter {
  private readonly directory: string;
  private readonly vocabSize: number;
  private readonly width: 2 | 4;
  private readonly ids: HashedFile;
  private readonly index: HashedFile;
  private mask: HashedFile | undefined;
  private documents = 0;
  private targets = 0;
  private bytes = 0;
  tokens = 0;

  constructor(directory: string, vocabSize: number) {
    this.directory = directory;
    this.vocabSize = vocabSize;
    this.width = vocabSize <= 65536 ? 2 : 4;
    this.ids = new HashedFile(join(directory, 'tokens.bin'));
    this.index = new HashedFile(join(directory, 'index.bin'));
  }

  add({ ids, labels, bytes }: EncodedDocument): void {
    if (ids.length === 0) return;
    if (labels && labels.length !== ids.length) {
      throw new AthanorError(
        'internal',
        `internal: document ${this.documents} has ${ids.length} ids and ${labels.length} labels`,
      );
    }
    this.addOffset(this.tokens);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (!(id >= 0 && id < this.vocabSize && Number.isInteger(id))) {
        throw new AthanorError(
          'internal',
          `internal: token id ${id} in document ${this.documents} is outside the vocabulary of ${this.vocabSize}`,
        );
      }
      if (this.width === 2) this.ids.target.writeUInt16LE(id, this.ids.reserve(2));
      else this.ids.target.writeUInt32LE(id, this.ids.reserve(4));
    }
    this.addMask(ids.length, labels);
    this.tokens += ids.length;
    this.documents++;
    this.bytes += bytes;
  }

  finish(meta: Readonly<Record<string, unknown>>): TokenInfo {
    if (this.tokens === 0) {
      throw new AthanorError('bad-input', 'there is not a single token to write: every document is empty', {
        place: this.directory,
        hint: 'Look at the dataset: the split may have no documents.',
      });
    }
    this.addOffset(this.tokens);
    return {
      format: 'athanor-tokens',
      schema: 1,
      dtype: this.width === 2 ? 'uint16' : 'uint32',
      vocab_size: this.vocabSize,
      documents: this.documents,
      tokens: this.tokens,
      targets: this.targets,
      bytes: this.bytes,
      files: {
        'tokens.bin': this.ids.finish(),
        'index.bin': this.index.finish(),
        ...(this.mask ? { 'mask.bin': this.mask.finish() } : {}),
      },
      meta: { ...meta },
    };
  }

  abandon(): void {
    this.ids.close();
    this.index.close();
    this.mask?.close();
  }

  private addOffset(offset: number): void {
    this.index.target.writeBigUInt64LE(BigInt(offset), this.index.reserve(8));
  }

  /** The mask begins with the first document that has labels; the tokens before it all count. */
  private addMask(length: number, labels: ArrayLike<number> | undefined): void {
    if (labels && !this.mask) {
      this.mask = new HashedFile(join(this.directory, 'mask.bin'));
      for (let i = 0; i < this.tokens; i++) this.mask.target[this.mask.reserve(1)] = 1;
    }
    for (let i = 0; i < length; i++) {
      const counts = !labels || labels[i] !== IGNORED;
      if (counts && i > 0) this.targets++;
      if (this.mask) this.mask.target[this.mask.reserve(1)] = counts ? 1 : 0;
    }
  }
}

/** An open directory of token shards. */
export interface Tokens {
  readonly directory: string;
  readonly info: TokenInfo;
  /** Documents. */
  readonly documents: number;
  /** Tokens. */
  readonly length: number;
  /** documents + 1 positions: document i is tokens offsets[i] … offsets[i + 1] - 1. */
  readonly offsets: Float64Array;
  /** True where reading costs no copy. */
  readonly mapped: boolean;
  /** Ids `start … end - 1`; do not write to them. */
  read(start: number, end: number): Uint16Array | Uint32Array;
  /** 1 where the token counts as a target; undefined where all do. */
  readMask(start: number, end: number): Uint8Array | undefined;
  dispose(): void;
}

export interface OpenTokensOptions {
  /** `size` (default) compares sizes, `full` hashes too. */
  readonly verify?: 'size' | 'full';
  /** `read` never maps. */
  readonly mode?: 'auto' | 'read';
}

/** Opens what `writeTokens` wrote. @throws AthanorError('not-found' | 'bad-file') */
export function openTokens(directory: string, { verify = 'size', mode = 'auto' }: OpenTokensOptions = {}): Tokens {
  const infoPath = join(directory, 'tokens.json');
  if (!existsSync(infoPath))
    throw new AthanorError('not-found', `there are no tokens in ${directory}`, { place: infoPath });
  const info = parse(tokenInfoSchema, readJson(infoPath), infoPath);
  const width = info.dtype === 'uint16' ? 2 : 4;
  const expected = {
    'tokens.bin': info.tokens * width,
    'index.bin': (info.documents + 1) * 8,
    'mask.bin': info.tokens,
  };
  for (const [name, entry] of Object.entries(info.files)) {
    if (!entry) continue;
    const path = join(directory, name);
    const bytes = existsSync(path) ? statSync(path).size : -1;
    const fits = bytes === entry.bytes && bytes === expected[name as keyof typeof expected];
    if (!fits || (verify === 'full' && hashFile(path) !== entry.sha256)) {
      const what = bytes < 0 ? 'is missing' : 'does not match tokens.json';
      throw new AthanorError('bad-file', `${path} ${what}`, {
        place: path,
        hint: 'Delete this directory; it is made again from the dataset.',
      });
    }
  }
  const views: FileView[] = [];
  const open = (name: string): FileView => {
    const view = openFileView(join(directory, name), { mode });
    views.push(view);
    return view;
  };
  const dispose = (): void => {
    for (const view of views) view.dispose();
  };
  try {
    const ids = open('tokens.bin');
    const mask = info.files['mask.bin'] ? open('mask.bin') : undefined;
    const offsets = readOffsets(join(directory, 'index.bin'), info);
    return {
      directory,
      info,
      documents: info.documents,
      length: info.tokens,
      offsets,
      mapped: ids.mapped,
      read(start, end) {
        const bytes = ids.view(start * width, (end - start) * width);
        return width === 2
          ? new Uint16Array(bytes.buffer, bytes.byteOffset, end - start)
          : new Uint32Array(bytes.buffer, bytes.byteOffset, end - start);
      },
      readMask: (start, end) => mask?.view(start, end - start),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function readOffsets(path: string, info: TokenInfo): Float64Array {
  const file = openFileView(path, { mode: 'read' });
  try {
    const bytes = file.view(0, (info.documents + 1) * 8);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, (info.documents + 1) * 2);
    const offsets = Float64Array.from(
      { length: info.documents + 1 },
      (_, i) => words[2 * i]! + words[2 * i + 1]! * 2 ** 32,
    );
    const sorted = offsets.every((offset, i) => i === 0 || offset > offsets[i - 1]!);
    if (!sorted || offsets[0] !== 0 || offsets[info.documents] !== info.tokens) {
      throw new AthanorError('bad-file', `${path}: the document offsets are out of order`, { place: path });
    }
    return offsets;
  } finally {
    file.dispose();
  }
}
