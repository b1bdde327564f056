/**
 * Who meets whom: documents with a common key are compared, in the order of the stream, with those that were kept. Out of
 * core, in two sorts: (key, document) gives the buckets; (document, bucket) gives the order. Along a bucket its kept
 * documents are handed from each document to the next (time-forward processing: Chiang et al. 1995), within a window of
 * documents in memory, from window to window through files. The result does not depend on the memory.
 *
 * A bucket hands on at most `mostKept` documents, the latest kept: a bucket of a hundred thousand documents that are all
 * kept (a boilerplate in common) costs its length times that. A pair that is more than a boilerplate alike shares other
 * buckets too.
 */
import { appendFileSync, existsSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../../../core/node.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { RepeatFilter } from '../../sorting/repeat-filter.ts';
import type { DecideContext } from '../../step.ts';

export interface BucketOptions {
  /** Keys of a document at most. */
  readonly keys: number;
  /** Writes the keys of a record, two words each; returns how many. The same words in another place must not meet. */
  keysOf(bytes: Uint8Array, out: Uint32Array): number;
  /** Sees every record once, in order, before the first `meet`. */
  see?(number: number, bytes: Uint8Array): void;
  /** Compares a document with kept ones, ascending; returns whether it is kept. */
  meet(number: number, candidates: readonly number[]): boolean;
  readonly mostKept?: number;
  /** Part of the context's memory that may be used here. */
  readonly memoryBytes: number;
}

export interface BucketCounts {
  /** Buckets with two or more documents. */
  buckets: number;
  /** Documents in such a bucket. */
  met: number;
  largest: number;
}

/** Kept documents of a bucket, on their way to its next document. */
interface Message {
  readonly band: number;
  readonly kept: number[];
}

const windowSlots = 1 << 12;
const entryBytes = 256;

export async function meetInBuckets(context: DecideContext, options: BucketOptions): Promise<BucketCounts> {
  const counts: BucketCounts = { buckets: 0, met: 0, largest: 0 };
  const byKey = await sortByKey(context, options);
  const { memoryBytes } = options;
  const byDocument = new ExternalSort({
    width: 3,
    keys: 2,
    memoryBytes: memoryBytes / 3,
    directory: context.directory,
    name: 'by-document',
  });
  const perSlot = new Float64Array(windowSlots);
  const slotOf = (number: number): number => Math.floor((number / context.documents) * windowSlots);
  const entry = new Uint32Array(3);
  linkMembers(byKey, counts, (number, band, next) => {
    entry[0] = number;
    entry[1] = band;
    entry[2] = next;
    byDocument.add(entry);
    perSlot[slotOf(number)]!++;
  });
  // Bounds of the windows, by the entries in them.
  const bounds: number[] = [];
  const perWindow = Math.max(256, Math.floor(memoryBytes / 3 / entryBytes));
  for (let slot = 0, sum = 0; slot < windowSlots; slot++) {
    sum += perSlot[slot]!;
    if (sum < perWindow && slot < windowSlots - 1) continue;
    bounds.push(Math.ceil(((slot + 1) / windowSlots) * context.documents));
    sum = 0;
  }
  walk(byDocument, new Mail(bounds, context.directory, memoryBytes / 6), options, counts);
  return counts;
}

const noNext = 0xffffffff;

async function sortByKey(context: DecideContext, options: BucketOptions): Promise<ExternalSort> {
  const { keys, keysOf, memoryBytes } = options;
  const out = new Uint32Array(keys * 2);
  const filter = new RepeatFilter(context.documents * keys, memoryBytes / 2);
  for await (const batch of context.records()) {
    for (const { bytes } of batch) {
      const count = bytes.length === 0 ? 0 : keysOf(bytes, out);
      for (let i = 0; i < count; i++) filter.see(out[2 * i]!);
    }
  }
  const sorter = new ExternalSort({
    width: 4,
    keys: 2,
    memoryBytes: memoryBytes / 2,
    directory: context.directory,
    name: 'by-key',
  });
  const record = new Uint32Array(4);
  for await (const batch of context.records()) {
    for (const { number, bytes } of batch) {
      options.see?.(number, bytes);
      const count = bytes.length === 0 ? 0 : keysOf(bytes, out);
      for (let i = 0; i < count; i++) {
        if (!filter.mayRepeat(out[2 * i]!)) continue;
        record[0] = out[2 * i]!;
        record[1] = out[2 * i + 1]!;
        record[2] = number;
        record[3] = i;
        sorter.add(record);
      }
    }
  }
  return sorter;
}

/** Calls `link` for every document of a bucket of two or more, with the document behind it there. */
function linkMembers(
  sorter: ExternalSort,
  counts: BucketCounts,
  link: (number: number, band: number, next: number) => void,
): void {
  let size = 0;
  let high = 0;
  let low = 0;
  let last = 0;
  let band = 0;
  const close = (): void => {
    if (size < 2) return;
    link(last, band, noNext);
    counts.buckets++;
    if (size > counts.largest) counts.largest = size;
  };
  for (const { words, count } of sorter.sorted()) {
    for (let at = 0; at < 4 * count; at += 4) {
      if (size > 0 && words[at] === high && words[at + 1] === low) link(last, band, words[at + 2]!);
      else {
        close();
        size = 0;
        high = words[at]!;
        low = words[at + 1]!;
      }
      size++;
      last = words[at + 2]!;
      band = words[at + 3]!;
    }
  }
  close();
}

/** Goes through the documents that share a bucket, in order. */
function walk(sorter: ExternalSort, mail: Mail, options: BucketOptions, counts: BucketCounts): void {
  const mostKept = options.mostKept ?? 256;
  let current = -1;
  let bands: number[] = [];
  let nexts: number[] = [];
  const finish = (): void => {
    if (current < 0) return;
    counts.met++;
    const messages = mail.take(current);
    const candidates = messages.length === 0 ? [] : merged(messages);
    const kept = candidates.length === 0 || options.meet(current, candidates);
    for (let i = 0; i < bands.length; i++) {
      const band = bands[i]!;
      const message = messages.find((one) => one.band === band) ?? (kept ? { band, kept: [] } : undefined);
      if (!message || nexts[i] === noNext) continue;
      if (kept) {
        if (message.kept.length === mostKept) message.kept.shift();
        message.kept.push(current);
      }
      mail.send(nexts[i]!, message);
    }
  };
  for (const { words, count } of sorter.sorted()) {
    for (let at = 0; at < 3 * count; at += 3) {
      if (words[at] !== current) {
        finish();
        current = words[at]!;
        bands = [];
        nexts = [];
      }
      bands.push(words[at + 1]!);
      nexts.push(words[at + 2]!);
    }
  }
  finish();
  mail.dispose();
}

function merged(messages: readonly Message[]): readonly number[] {
  if (messages.length === 1) return messages[0]!.kept;
  const all = new Set<number>();
  for (const { kept } of messages) for (const number of kept) all.add(number);
  return [...all].sort((a, b) => a - b);
}

/** Messages to later documents. Those beyond the current window lie in files, one a window. */
class Mail {
  readonly #bounds: readonly number[];
  readonly #directory: string;
  readonly #bufferWords: number;
  readonly #buffers = new Map<number, number[]>();
  #window = 0;
  #here = new Map<number, Message[]>();

  /** @param bounds the first document behind each window */
  constructor(bounds: readonly number[], directory: string, memoryBytes: number) {
    this.#bounds = bounds;
    this.#directory = directory;
    this.#bufferWords = Math.max(256, Math.min(1 << 14, Math.floor(memoryBytes / 16 / bounds.length)));
  }

  send(to: number, message: Message): void {
    if (to < this.#bounds[this.#window]!) {
      this.#deliver(to, message);
      return;
    }
    const window = this.#windowOf(to);
    let buffer = this.#buffers.get(window);
    if (!buffer) {
      buffer = [];
      this.#buffers.set(window, buffer);
    }
    buffer.push(to, message.band, message.kept.length, ...message.kept);
    if (buffer.length >= this.#bufferWords) this.#flush(window, buffer);
  }

  /** What was sent to a document. Documents are asked for in ascending order. */
  take(number: number): Message[] {
    while (number >= this.#bounds[this.#window]!) this.#open(this.#window + 1);
    const messages = this.#here.get(number);
    if (!messages) return [];
    this.#here.delete(number);
    return messages;
  }

  dispose(): void {
    for (let window = this.#window; window < this.#bounds.length; window++) {
      const path = this.#path(window);
      if (existsSync(path)) unlinkSync(path);
    }
  }

  #deliver(to: number, message: Message): void {
    const there = this.#here.get(to);
    if (there) there.push(message);
    else this.#here.set(to, [message]);
  }

  #windowOf(number: number): number {
    let low = this.#window;
    let high = this.#bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (number < this.#bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #path(window: number): string {
    return join(this.#directory, `mail-${window}`);
  }

  #flush(window: number, buffer: number[]): void {
    const path = this.#path(window);
    try {
      appendFileSync(path, new Uint8Array(Uint32Array.from(buffer).buffer));
    } catch (error) {
      throw ioError(error, path, 'write');
    }
    buffer.length = 0;
  }

  #open(window: number): void {
    this.#window = window;
    this.#here = new Map();
    const path = this.#path(window);
    const buffer = this.#buffers.get(window) ?? [];
    this.#buffers.delete(window);
    const written = existsSync(path) ? wordsOf(path) : new Uint32Array(0);
    for (const words of [written, buffer]) {
      for (let at = 0; at < words.length; at += 3 + words[at + 2]!) {
        const kept = Array.from(words.slice(at + 3, at + 3 + words[at + 2]!));
        this.#deliver(words[at]!, { band: words[at + 1]!, kept });
      }
    }
  }
}

function wordsOf(path: string): Uint32Array {
  try {
    const bytes = readFileSync(path);
    unlinkSync(path);
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}
