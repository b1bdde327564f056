/**
 * A crawl on disk: `crawl.json`, the archive, and per round a frontier and a log of pages. A page is done with one write
 * to each of archive, frontier and log, in this order; after a kill, what the log does not vouch for is cut off, so every
 * page is there whole or not at all. Once in a while everything is synced; pages logged after the last sync are checked
 * against the archive when a crawl goes on, for machines that lost power.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fieldNamed } from '../warc/fields.ts';
import { digest } from '../warc/write.ts';
import { Archive, type ArchivePlace, archiveFiles, archivePath, type Original, readArchived } from './archive.ts';
import { BitSet } from './bit-set.ts';
import type { Exchange } from './fetcher.ts';
import { type FoundUrl, Frontier, type Waiting, type Waits } from './frontier.ts';
import { type KnownPage, KnownPages } from './known-pages.ts';
import { isPage, isRun, isSync, type LogLine, type PageLine } from './log.ts';
import type { CrawlOptions } from './options.ts';
import type { Answer } from './page.ts';
import { Tally } from './report.ts';
import { openState, saveState } from './state.ts';

/** What became of a URL. */
export interface Done {
  readonly entry: Waiting;
  readonly exchange?: Exchange | undefined;
  /** Why it is not put into the archive. */
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  readonly found?: readonly FoundUrl[];
  readonly skipped?: Readonly<Record<string, number>>;
  readonly retries?: number;
  /** The server said that it is what it was. */
  readonly unchanged?: KnownPage | undefined;
}

export class CrawlStore {
  readonly directory: string;
  tally = new Tally();
  round: number;
  private readonly options: CrawlOptions;
  private readonly pages: KnownPages;
  private frontierFile!: Frontier;
  private archiveFile!: Archive;
  private readonly info: Readonly<Record<string, string>>;
  private unsynced = false;

  private constructor(directory: string, options: CrawlOptions, round: number, info: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.options = options;
    this.round = round;
    this.info = info;
    this.pages = new KnownPages(directory);
  }

  /**
   * Opens or begins a crawl.
   * @param seeds normalised
   * @param waits called for each URL that is to be fetched
   * @throws AthanorError('bad-input') where it was begun under other rules
   */
  static async open(
    directory: string,
    options: CrawlOptions,
    seeds: readonly FoundUrl[],
    info: Readonly<Record<string, string>>,
    waits: Waits,
  ): Promise<CrawlStore> {
    const state = openState(directory, options);
    const store = new CrawlStore(directory, options, state.round, info);
    try {
      for (let round = 1; round < state.round; round++) store.pages.learn(round);
      const waiting = await store.restore(waits, seeds);
      if (waiting === 0 && options.recrawl) {
        store.closeRound();
        store.pages.learn(store.round);
        store.round++;
        store.tally = new Tally();
        saveState(directory, { ...state, round: store.round });
        await store.restore(waits, seeds);
      }
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  get frontier(): Frontier {
    return this.frontierFile;
  }

  /** What an earlier round knows of a URL. */
  knownPage(url: string): KnownPage | undefined {
    return this.pages.withUrl(url);
  }

  /** Brings a round back to where its log vouches for it, and adds seeds. @returns how many URLs wait */
  private async restore(waits: Waits, seeds: readonly FoundUrl[]): Promise<number> {
    const log = this.pages.log(this.round);
    this.frontierFile = new Frontier(
      join(this.directory, `round-${this.round}`, 'frontier.jsonl'),
      this.options.max_urls,
    );
    const done = new BitSet();
    let frontierEnd = 0;
    const files = archiveFiles(this.directory, this.options.name);
    let place: ArchivePlace = { file: (files.at(-1)?.number ?? -1) + 1, offset: 0 };
    const take = (offset: number, line: LogLine): void => {
      this.tally.take(line);
      if (isSync(line)) return;
      frontierEnd = line.q;
      if (isRun(line)) place = line.place;
      else {
        done.set(line.n);
        if (line.w) place = { file: line.w[0], offset: line.w[2] };
        this.pages.addPayload(line, [this.round, offset]);
      }
    };
    let unsynced: { readonly offset: number; readonly line: LogLine }[] = [];
    for (const { offset, value } of log.replay()) {
      unsynced.push({ offset, line: value as LogLine });
      if (!isSync(value as LogLine)) continue;
      for (const entry of unsynced) take(entry.offset, entry.line);
      unsynced = [];
    }
    this.frontierFile.check(frontierEnd);
    for (const { offset, line } of unsynced) {
      if (!(await this.isOnDisk(line))) {
        log.cut(offset);
        break;
      }
      take(offset, line);
    }
    return this.begin(place, frontierEnd, done, waits, seeds);
  }

  /** Is there what a line of the log vouches for? */
  private async isOnDisk(line: LogLine): Promise<boolean> {
    if (isSync(line)) return true;
    if (line.q > this.frontierFile.offset) return false;
    if (!isPage(line) || !line.w) return true;
    const [file, start, end] = line.w;
    const path = archivePath(this.directory, this.options.name, file);
    return existsSync(path) && (await readArchived(path, start, end)) !== undefined;
  }

  private begin(
    place: ArchivePlace,
    frontierEnd: number,
    done: BitSet,
    waits: Waits,
    seeds: readonly FoundUrl[],
  ): number {
    const { directory, options, info } = this;
    this.archiveFile = new Archive(
      { directory, name: options.name, rotateBytes: options.warc_megabytes * 1e6, info },
      place,
    );
    let waiting = 0;
    const counted: Waits = (host, offset) => {
      waiting++;
      waits(host, offset);
    };
    this.frontierFile.restore(frontierEnd, (number) => done.has(number), counted);
    const skipped: Record<string, number> = {};
    this.frontierFile.add(
      seeds,
      (reason) => {
        // Those of an earlier run are known.
        if (reason !== 'duplicate') count(skipped, reason);
      },
      counted,
    );
    if (waiting > 0)
      this.append({
        run: new Date().toISOString(),
        place: this.archiveFile.place,
        q: this.frontierFile.offset,
        ...(Object.keys(skipped).length > 0 ? { x: skipped } : {}),
      });
    return waiting;
  }

  /** Puts a URL's end on record. */
  commit(done: Done, waits: Waits): PageLine {
    const { entry, exchange } = done;
    const skipped: Record<string, number> = { ...done.skipped };
    const record =
      exchange && done.reason === undefined && entry.kind === 'page' ? this.archive(exchange, done.unchanged) : {};
    const added = this.frontierFile.add(done.found ?? [], (reason) => count(skipped, reason), waits);
    const line: PageLine = {
      n: entry.number,
      u: entry.url,
      t: new Date().toISOString(),
      ...(entry.kind === 'sitemap' ? { k: 'sitemap' as const } : {}),
      ...(exchange ? { s: exchange.status, b: exchange.body.length } : {}),
      ...(done.reason === undefined ? {} : { e: done.reason }),
      ...(done.detail === undefined ? {} : { d: done.detail.slice(0, 300) }),
      ...record,
      q: this.frontierFile.offset,
      ...(added > 0 ? { l: added } : {}),
      ...(Object.keys(skipped).length > 0 ? { x: skipped } : {}),
      ...(done.retries ? { r: done.retries } : {}),
    };
    const offset = this.append(line);
    this.pages.addPayload(line, [this.round, offset]);
    return line;
  }

  /** Writes the records; a body that the archive has already becomes a revisit. */
  private archive(exchange: Exchange, unchanged: KnownPage | undefined): Partial<PageLine> {
    const validators = {
      ...short('et', fieldNamed(exchange.headers, 'etag') ?? unchanged?.etag),
      ...short('lm', fieldNamed(exchange.headers, 'last-modified') ?? unchanged?.lastModified),
    };
    const place = unchanged?.place ?? (isContent(exchange) ? this.pages.withPayload(digest(exchange.body)) : undefined);
    if (place) {
      const [of, original] = this.pages.originalOf(place);
      const rv = unchanged ? 'not-modified' : 'same-payload';
      const { file, start, end, record } = this.archiveFile.writeRevisit(exchange, rv, toOriginal(original));
      return { w: [file, start, end], id: record.id, wd: record.date, p: original.p!, rv, of, ...validators };
    }
    const { file, start, end, record } = this.archiveFile.write(exchange);
    const payload = isContent(exchange) ? { p: record.payloadDigest } : {};
    return {
      w: [file, start, end],
      id: record.id,
      wd: record.date,
      ...payload,
      ...(exchange.status === 200 ? validators : {}),
    };
  }

  /** The answer that a page of an earlier round had. */
  async recall(page: KnownPage): Promise<Answer | undefined> {
    const [, { w }] = this.pages.originalOf(page.place);
    if (!w) return undefined;
    const answer = await readArchived(archivePath(this.directory, this.options.name, w[0]), w[1], w[2]);
    return answer && { ...answer, url: page.line.u };
  }

  /** Returns once everything so far is on the disk. */
  sync(): void {
    if (!this.unsynced) return;
    this.archiveFile.sync();
    this.frontierFile.sync();
    this.append({ sync: new Date().toISOString() });
    this.pages.log(this.round).sync();
    this.unsynced = false;
  }

  private append(line: LogLine): number {
    this.unsynced = true;
    this.tally.take(line);
    return this.pages.log(this.round).append([line])[0]!;
  }

  private closeRound(): void {
    this.archiveFile?.close();
    this.frontierFile?.close();
  }

  close(): void {
    this.closeRound();
    this.pages.close();
  }
}

/** Answers whose body is worth remembering. */
function isContent({ status, body, truncated }: Exchange): boolean {
  return status === 200 && body.length > 0 && truncated === undefined;
}

function toOriginal({ id, u, wd, p }: PageLine): Original {
  return { id: id!, url: u, date: wd!, payloadDigest: p! };
}

function short(key: 'et' | 'lm', value: string | undefined): Partial<PageLine> {
  return value === undefined || value === '' || value.length > 500 ? {} : { [key]: value };
}

function count(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}
