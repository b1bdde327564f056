/**
 * The log of pages of one round: a line for each URL that is done, one for each run, and marks of what is surely on the
 * disk. Everything that a crawl knows of its past, its report too, comes from these lines.
 */
import type { ArchivePlace } from './archive.ts';

/** Where a page's line is: its round, its offset in that round's log. */
export type PagePlace = readonly [round: number, offset: number];

/** A URL is done. Short names, since there are millions of these lines. */
export interface PageLine {
  /** Its number in the frontier. */
  readonly n: number;
  readonly u: string;
  /** Absent for pages. */
  readonly k?: 'sitemap';
  /** When it was fetched, or given up. */
  readonly t: string;
  /** Status. */
  readonly s?: number;
  /** Why there is nothing in the archive. */
  readonly e?: string;
  readonly d?: string;
  /** Bytes of the body as sent. */
  readonly b?: number;
  /** In the archive: file, start, end. */
  readonly w?: readonly [file: number, start: number, end: number];
  /** The WARC record, and its date. */
  readonly id?: string;
  readonly wd?: string;
  /** Payload digest. */
  readonly p?: string;
  readonly et?: string;
  readonly lm?: string;
  /** A revisit: because of what, and the page that it repeats. */
  readonly rv?: 'not-modified' | 'same-payload';
  readonly of?: PagePlace;
  /** Where the frontier ends with this page's links. */
  readonly q: number;
  /** Links that were new. */
  readonly l?: number;
  /** Links left out, by reason. */
  readonly x?: Readonly<Record<string, number>>;
  /** Further tries that it took. */
  readonly r?: number;
}

/** A run of the crawler begins. */
export interface RunLine {
  readonly run: string;
  readonly place: ArchivePlace;
  /** Where the frontier ends: seeds are there before pages are. */
  readonly q: number;
  /** Seeds left out, by reason. */
  readonly x?: Readonly<Record<string, number>>;
}

/** Everything before this line was synced. */
export interface SyncLine {
  readonly sync: string;
}

export type LogLine = PageLine | RunLine | SyncLine;

export const isPage = (line: LogLine): line is PageLine => 'n' in line;
export const isSync = (line: LogLine): line is SyncLine => 'sync' in line;
export const isRun = (line: LogLine): line is RunLine => 'run' in line;
