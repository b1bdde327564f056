/**
 * A crawl on disk: `crawl.json`, the archive, and per round a frontier and a log of pages. A page is done with one write
 * to each of archive, frontier and log, in this order; after a kill, what the log does not vouch for is cut off, so every
 * page is there whole or not at all. Once in a while everything is synced; pages logged after the last sync are checked
 * against the archive when a crawl goes on, for machines that lost power.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { hashValue, readJson, writeJson } from '../../core/node.ts';
import { fieldNamed } from '../warc/fields.ts';
import { digest } from '../warc/write.ts';
import { Archive, type ArchivePlace, archiveFiles, archivePath, type Original, readArchived } from './archive.ts';
import type { Exchange } from './fetcher.ts';
import { type FoundUrl, Frontier, type Waiting } from './frontier.ts';
import { HashIndex } from './hash-index.ts';
import { Journal } from './journal.ts';
import { isPage, isRun, type LogLine, type PageLine } from './log.ts';
import { type CrawlOptions, rulesOf } from './options.ts';
import type { Answer } from './page.ts';
import { Tally } from './report.ts';

const stateSchema = z.strictObject({
  format: z.literal('athanor-crawl'),
  schema: z.literal(1),
  name: z.string(),
  round: z.int().positive(),
  rules: z.record(z.string(), z.unknown()),
});
type State = z.output<typeof stateSchema>;

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

/** A page of an earlier round. */
export interface KnownPage {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly place: readonly [round: number, offset: number];
  readonly line: PageLine;
}

export type Waits = (host: string, offset: number) => void;

/** Rounds and offsets as one number: 2^40 bytes of log a round, 8,192 rounds. */
const roundSize = 2 ** 40;

export class CrawlStore {
  readonly directory: string;
  tally = new Tally();
  round: number;
  private readonly options: CrawlOptions;
  private readonly logs = new Map<number, Journal>();
  private frontierFile!: Frontier;
  private archiveFile!: Archive;
  /** Payload digest → place of the page that had it first. */
  private readonly digests = new HashIndex(true);
  /** URL → place of its last answer in an earlier round. */
  private known = new HashIndex(true);
  private readonly info: Readonly<Record<string, string>>;
  private unsynced = false;

  private constructor(directory: string, options: CrawlOptions, round: number, info: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.options = options;
    this.round = round;
    this.info = info;
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
    const path = join(directory, 'crawl.json');
    const fresh: State = {
      format: 'athanor-crawl',
      schema: 1,
      name: options.name,
      round: 1,
      rules: { ...rulesOf(options) },
    };
    const state = existsSync(path) ? readState(path, fresh) : fresh;
    if (!existsSync(path)) writeJson(path, state);
    const store = new CrawlStore(directory, options, state.round, info);
    for (let round = 1; round < state.round; round++) store.learn(round);
    let waiting = await store.restore(waits, seeds);
    if (waiting === 0 && options.recrawl) {
      store.closeRound();
      store.learn(store.round);
      store.round++;
      store.tally = new Tally();
      writeJson(path, { ...state, round: store.round });
      waiting = await store.restore(waits, seeds);
    }
    return store;
  }

  get frontier(): Frontier {
    return this.frontierFile;
  }

  private frontierPath(): string {
    return join(this.directory, `round-${this.round}`, 'frontier.jsonl');
  }

  private log(round: number): Journal {
    const journal = this.logs.get(round) ?? new Journal(join(this.directory, `round-${round}`, 'pages.jsonl'));
    this.logs.set(round, journal);
    return journal;
  }

  /** Takes pages of a finished round: for dedup and conditional requests. */
  private learn(round: number): void {
    for (const { offset, value } of this.log(round).replay()) {
      const line = value as LogLine;
      if (!isPage(line) || line.w === undefined) continue;
      const place = round * roundSize + offset;
      if (line.p && !line.rv) this.digests.set(line.p, place);
      if (line.et !== undefined || line.lm !== undefined) this.known.set(line.u, place);
    }
  }

  /** Brings a round back to where its log vouches for it, and adds seeds. @returns how many URLs wait */
  private async restore(waits: Waits, seeds: readonly FoundUrl[]): Promise<number> {
    const log = this.log(this.round);
    const done = new Bits();
    let frontierEnd = 0;
    const files = archiveFiles(this.directory, this.options.name);
    let place: ArchivePlace = { file: (files.at(-1)?.number ?? -1) + 1, offset: 0 };
    const take = (offset: number, line: LogLine): void => {
      this.tally.take(line);
      if (isRun(line)) {
        place = line.place;
        frontierEnd = line.q;
      } else if (isPage(line)) {
        done.set(line.n);
        frontierEnd = line.q;
        if (line.w) place = { file: line.w[0], offset: line.w[2] };
        if (line.p && !line.rv) this.digests.set(line.p, this.round * roundSize + offset);
      }
    };
    const frontierPath = this.frontierPath();
    const frontierBytes = existsSync(frontierPath) ? statSync(frontierPath).size : 0;
    let unsynced: { offset: number; value: unknown }[] = [];
    for (const entry of log.replay()) {
      unsynced.push(entry);
      if (!('sync' in (entry.value as object))) continue;
      for (const { offset, value } of unsynced) take(offset, value as LogLine);
      unsynced = [];
    }
    for (const { offset, value } of unsynced) {
      const line = value as LogLine;
      if (
        !('sync' in line) &&
        (line.q > frontierBytes || (isPage(line) && line.w && !(await this.isArchived(line.w))))
      ) {
        log.cut(offset);
        break;
      }
      take(offset, line);
    }
    return this.begin(place, frontierEnd, done, waits, seeds);
  }

  private begin(
    place: ArchivePlace,
    frontierEnd: number,
    done: Bits,
    waits: Waits,
    seeds: readonly FoundUrl[],
  ): number {
    const { name, warc_megabytes, max_urls } = this.options;
    const directory = this.directory;
    this.archiveFile = new Archive({ directory, name, rotateBytes: warc_megabytes * 1e6, info: this.info }, place);
    this.frontierFile = new Frontier(this.frontierPath(), max_urls);
    let waiting = 0;
    const counted: Waits = (host, offset) => {
      waiting++;
      waits(host, offset);
    };
    this.frontierFile.restore(frontierEnd, (number) => done.has(number), counted);
    const skipped: Record<string, number> = {};
    this.frontierFile.add(seeds, (reason) => count(skipped, reason === 'duplicate' ? 'known-seed' : reason), counted);
    delete skipped['known-seed'];
    if (waiting > 0)
      this.append({
        run: new Date().toISOString(),
        place: this.archiveFile.place,
        q: this.frontierFile.offset,
        ...(Object.keys(skipped).length > 0 ? { x: skipped } : {}),
      });
    return waiting;
  }

  private async isArchived([file, start, end]: readonly [number, number, number]): Promise<boolean> {
    const path = archivePath(this.directory, this.options.name, file);
    return existsSync(path) && (await readArchived(path, start, end)) !== undefined;
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
    if (line.p && !line.rv) this.digests.set(line.p, this.round * roundSize + offset);
    return line;
  }

  /** Writes the records; a body that the archive has already becomes a revisit. */
  private archive(exchange: Exchange, unchanged: KnownPage | undefined): Partial<PageLine> {
    const validators = {
      ...short('et', fieldNamed(exchange.headers, 'etag') ?? unchanged?.etag),
      ...short('lm', fieldNamed(exchange.headers, 'last-modified') ?? unchanged?.lastModified),
    };
    const place = unchanged ? unchanged.place : this.samePayload(exchange);
    if (place) {
      const [of, original] = this.originalOf(place);
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

  private samePayload(exchange: Exchange): readonly [number, number] | undefined {
    if (!isContent(exchange)) return undefined;
    const payload = digest(exchange.body);
    const found = this.digests.get(payload);
    if (found === undefined) return undefined;
    const place = [Math.floor(found / roundSize), found % roundSize] as const;
    return this.lineAt(place).p === payload ? place : undefined;
  }

  /** The page that a revisit repeats, or the page itself. */
  private originalOf(place: readonly [number, number]): [readonly [number, number], PageLine] {
    const line = this.lineAt(place);
    return line.of ? [line.of, this.lineAt(line.of)] : [place, line];
  }

  private lineAt([round, offset]: readonly [number, number]): PageLine {
    return this.log(round).read(offset) as PageLine;
  }

  /** What an earlier round knows of a URL. */
  knownPage(url: string): KnownPage | undefined {
    const found = this.known.get(url);
    if (found === undefined) return undefined;
    const place = [Math.floor(found / roundSize), found % roundSize] as const;
    const line = this.lineAt(place);
    return line.u === url && line.p ? { etag: line.et, lastModified: line.lm, place, line } : undefined;
  }

  /** The answer that a page of an earlier round had. */
  async recall(page: KnownPage): Promise<Answer | undefined> {
    const [, { w }] = this.originalOf(page.place);
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
    this.log(this.round).sync();
    this.unsynced = false;
  }

  private append(line: LogLine): number {
    this.unsynced = true;
    this.tally.take(line);
    return this.log(this.round).append([line])[0]!;
  }

  private closeRound(): void {
    this.archiveFile.close();
    this.frontierFile.close();
  }

  close(): void {
    this.closeRound();
    for (const log of this.logs.values()) log.close();
    this.logs.clear();
  }
}

function readState(path: string, wanted: State): State {
  const parsed = stateSchema.safeParse(readJson(path));
  if (!parsed.success)
    throw new AthanorError('bad-file', `${path} is not the state of a crawl`, {
      place: path,
      hint: 'Choose another name.',
    });
  const state = parsed.data;
  const changed = Object.keys(wanted.rules).filter(
    (key) => hashValue(state.rules[key]) !== hashValue(wanted.rules[key]),
  );
  if (changed.length > 0) {
    throw new AthanorError(
      'bad-input',
      `crawl '${wanted.name}' was begun under other rules: ${changed.join(', ')} differ`,
      {
        place: path,
        hint: 'Choose another name, or put the old values back; limits, pauses and seeds may change.',
        values: { changed, before: Object.fromEntries(changed.map((key) => [key, state.rules[key]])) },
      },
    );
  }
  return state;
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

/** A growing set of small numbers. */
class Bits {
  private bytes = new Uint8Array(1 << 12);

  set(n: number): void {
    const at = n >> 3;
    if (at >= this.bytes.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[at]! |= 1 << (n & 7);
  }

  has(n: number): boolean {
    return ((this.bytes[n >> 3] ?? 0) & (1 << (n & 7))) !== 0;
  }
}
