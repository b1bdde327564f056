/**
 * Writes one side of the split as shards of JSON Lines. Where a shard ends is chosen by content (as in content-defined
 * chunking, Muthitacharoen et al. 2001, LBFS), so that two versions that differ in a few documents share most shards.
 */
import { join } from 'node:path';
import { hashFile } from '../../core/node.ts';
import type { ShardFile } from '../manifest.ts';
import { GrowingFile } from './spool.ts';

export interface SideState {
  readonly shards: readonly ShardFile[];
  readonly documents: number;
  readonly characters: number;
  /** Of the open shard. */
  readonly open: { readonly documents: number; readonly bytes: number };
}

export const emptySide: SideState = { shards: [], documents: 0, characters: 0, open: { documents: 0, bytes: 0 } };

const newline = 0x0a;

export class SideWriter {
  readonly #directory: string;
  readonly #side: string;
  readonly #shardBytes: number;
  readonly #shards: ShardFile[];
  #documents: number;
  #characters: number;
  #file: GrowingFile | undefined;
  #inFile: number;

  /** @param shardBytes length of a shard: at least a half of it, at most twice as long, unless a document is longer */
  constructor(directory: string, side: string, shardBytes: number, state: SideState = emptySide) {
    this.#directory = directory;
    this.#side = side;
    this.#shardBytes = shardBytes;
    this.#shards = [...state.shards];
    this.#documents = state.documents;
    this.#characters = state.characters;
    this.#inFile = state.open.documents;
    if (state.open.bytes > 0) this.#file = new GrowingFile(this.#path(), state.open.bytes);
  }

  get state(): SideState {
    return {
      shards: [...this.#shards],
      documents: this.#documents,
      characters: this.#characters,
      open: { documents: this.#inFile, bytes: this.#file?.length ?? 0 },
    };
  }

  add(lines: Uint8Array, characters: number): void {
    this.#characters += characters;
    let start = 0;
    let length = this.#file?.length ?? 0;
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(newline, at) + 1;
      this.#documents++;
      this.#inFile++;
      length += end - at;
      if (length >= this.#shardBytes / 2 && this.#endsShard(lines, at, end, length)) {
        this.#append(lines.subarray(start, end));
        this.#close();
        start = end;
        length = 0;
      }
      at = end;
    }
    if (start < lines.length) this.#append(lines.subarray(start));
  }

  sync(): void {
    this.#file?.sync();
  }

  /** Ends the last shard. */
  finish(): SideState {
    if (this.#file) this.#close();
    return this.state;
  }

  /** Closes the file after a failure. */
  abandon(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** A document ends a shard as often as its length asks for: once in half a shard, on average. */
  #endsShard(lines: Uint8Array, at: number, end: number, length: number): boolean {
    if (length >= this.#shardBytes * 2) return true;
    let hash = 0x811c9dc5; // FNV-1a of the line's beginning, which holds the id
    for (let i = at; i < end && i < at + 256; i++) hash = Math.imul(hash ^ lines[i]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash >>> 0) / 2 ** 32 < ((end - at) * 2) / this.#shardBytes;
  }

  #path(): string {
    return join(this.#directory, `${this.#side}-${String(this.#shards.length).padStart(5, '0')}.jsonl`);
  }

  #append(bytes: Uint8Array): void {
    this.#file ??= new GrowingFile(this.#path());
    this.#file.append(bytes);
  }

  #close(): void {
    const { path, length } = this.#file!;
    this.#file!.sync();
    this.#file!.close();
    this.#file = undefined;
    const file = path.slice(this.#directory.length + 1);
    this.#shards.push({ file, documents: this.#inFile, bytes: length, sha256: hashFile(path) });
    this.#inFile = 0;
  }
}
