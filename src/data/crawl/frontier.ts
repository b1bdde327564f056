/**
 * What a crawl knows of: every URL once, on disk in the order of finding, and per host a queue of those not fetched yet.
 * In memory a URL is a 64-bit hash (≤ 23 bytes) and, while it waits, its offset in the file (8 to 16 bytes).
 */
import { HashIndex } from './hash-index.ts';
import { Journal } from './journal.ts';
import { hostOf } from './url.ts';

export interface FoundUrl {
  readonly url: string;
  /** Links from a seed; redirects count nothing. */
  readonly depth: number;
  readonly kind: 'page' | 'sitemap';
  /** The URLs that redirected here, first to last. */
  readonly chain: readonly string[];
  /** Pages of one shape in a row that led here (see traps.ts). */
  readonly run: number;
}

export interface Waiting extends FoundUrl {
  /** Its line in the file, from 0. */
  readonly number: number;
}

/** Told of each URL that is to be fetched, by its place in the frontier. */
export type Waits = (host: string, offset: number) => void;

/** A line of frontier.jsonl; what is 0 or empty is left out. */
interface Line {
  readonly n: number;
  readonly u: string;
  readonly d?: number;
  readonly k?: 'sitemap';
  readonly c?: readonly string[];
  readonly r?: number;
}

/** First in, first out; offsets only. */
export class OffsetQueue {
  private items: number[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(offset: number): void {
    this.items.push(offset);
  }

  shift(): number | undefined {
    const offset = this.items[this.head];
    if (offset === undefined) return undefined;
    this.head++;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return offset;
  }
}

export class Frontier {
  private readonly journal: Journal;
  private readonly seen = new HashIndex();
  private readonly maxUrls: number;
  private count = 0;

  /** @param maxUrls further URLs are refused */
  constructor(path: string, maxUrls: number) {
    this.journal = new Journal(path);
    this.maxUrls = maxUrls;
  }

  /** Where the file ends: what was added later is undone by `restore(this)`. */
  get offset(): number {
    return this.journal.offset;
  }

  /** URLs known. */
  get size(): number {
    return this.count;
  }

  get bytesInMemory(): number {
    return this.seen.bytes;
  }

  /** Cuts off what is broken behind a place: what was not synced may be, where power was lost. */
  check(from: number): void {
    for (const _ of this.journal.replay(this.journal.offset, from));
  }

  /** Reads the file up to `end`, cuts off the rest. @param waits called for each URL that is not done, in order */
  restore(end: number, isDone: (number: number) => boolean, waits: Waits): void {
    for (const { offset, value } of this.journal.replay(end)) {
      const line = value as Line;
      this.seen.add(keyOf(line.u, line.k));
      if (!isDone(line.n)) waits(hostOf(line.u), offset);
      this.count = line.n + 1;
    }
  }

  /**
   * Adds those that are new, by one write.
   * @param counts gets `duplicate` and `frontier-full`
   * @param waits called for each that was added
   */
  add(found: readonly FoundUrl[], counts: (reason: string) => void, waits: Waits): number {
    const lines: Line[] = [];
    for (const { url, depth, kind, chain, run } of found) {
      const key = keyOf(url, kind);
      if (this.count + lines.length >= this.maxUrls) {
        counts(this.seen.has(key) ? 'duplicate' : 'frontier-full');
        continue;
      }
      if (!this.seen.add(key)) {
        counts('duplicate');
        continue;
      }
      lines.push({
        n: this.count + lines.length,
        u: url,
        ...(depth > 0 ? { d: depth } : {}),
        ...(kind === 'sitemap' ? { k: kind } : {}),
        ...(chain.length > 0 ? { c: chain } : {}),
        ...(run > 0 ? { r: run } : {}),
      });
    }
    if (lines.length === 0) return 0;
    const offsets = this.journal.append(lines);
    this.count += lines.length;
    for (const [i, offset] of offsets.entries()) waits(hostOf(lines[i]!.u), offset);
    return lines.length;
  }

  read(offset: number): Waiting {
    const { n, u, d = 0, k = 'page', c = [], r = 0 } = this.journal.read(offset) as Line;
    return { number: n, url: u, depth: d, kind: k, chain: c, run: r };
  }

  sync(): void {
    this.journal.sync();
  }

  close(): void {
    this.journal.close();
  }
}

/** A sitemap may be a page too. */
function keyOf(url: string, kind: string | undefined): string {
  return kind === 'sitemap' ? `sitemap ${url}` : url;
}
