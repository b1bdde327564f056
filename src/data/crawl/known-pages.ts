/**
 * What a crawl remembers of the pages that it has: the logs of all rounds, where each payload was first, and what earlier
 * rounds know of each URL. In memory a page is two hashes and two places.
 */
import { join } from 'node:path';
import { HashIndex } from './hash-index.ts';
import { Journal } from './journal.ts';
import { isPage, type LogLine, type PageLine, type PagePlace } from './log.ts';

/** A page of an earlier round. */
export interface KnownPage {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly place: PagePlace;
  readonly line: PageLine;
}

/** Rounds and offsets as one number: 2^40 bytes of log a round, 8,192 rounds. */
const roundSize = 2 ** 40;

export class KnownPages {
  private readonly directory: string;
  private readonly logs = new Map<number, Journal>();
  /** Payload digest → place of the page that had it first. */
  private readonly digests = new HashIndex(true);
  /** URL → place of its last answer in an earlier round. */
  private readonly urls = new HashIndex(true);

  constructor(directory: string) {
    this.directory = directory;
  }

  log(round: number): Journal {
    const journal = this.logs.get(round) ?? new Journal(join(this.directory, `round-${round}`, 'pages.jsonl'));
    this.logs.set(round, journal);
    return journal;
  }

  /** Takes the pages of a finished round: for dedup and conditional requests. */
  learn(round: number): void {
    for (const { offset, value } of this.log(round).replay()) {
      const line = value as LogLine;
      if (!isPage(line) || line.w === undefined) continue;
      this.addPayload(line, [round, offset]);
      if (line.et !== undefined || line.lm !== undefined) this.urls.set(line.u, pack([round, offset]));
    }
  }

  /** A page of the round that is under way has its payload as the first. */
  addPayload(line: PageLine, place: PagePlace): void {
    if (line.p && !line.rv) this.digests.set(line.p, pack(place));
  }

  /** The page that has a payload already. */
  withPayload(digest: string): PagePlace | undefined {
    const found = this.digests.get(digest);
    if (found === undefined) return undefined;
    const place = unpack(found);
    return this.lineAt(place).p === digest ? place : undefined;
  }

  /** What an earlier round knows of a URL. */
  withUrl(url: string): KnownPage | undefined {
    const found = this.urls.get(url);
    if (found === undefined) return undefined;
    const place = unpack(found);
    const line = this.lineAt(place);
    return line.u === url && line.p ? { etag: line.et, lastModified: line.lm, place, line } : undefined;
  }

  /** The page that a revisit repeats, or the page itself. */
  originalOf(place: PagePlace): [PagePlace, PageLine] {
    const line = this.lineAt(place);
    return line.of ? [line.of, this.lineAt(line.of)] : [place, line];
  }

  private lineAt([round, offset]: PagePlace): PageLine {
    return this.log(round).read(offset) as PageLine;
  }

  close(): void {
    for (const log of this.logs.values()) log.close();
    this.logs.clear();
  }
}

const pack = ([round, offset]: PagePlace): number => round * roundSize + offset;
const unpack = (place: number): PagePlace => [Math.floor(place / roundSize), place % roundSize];
