/** The report of a crawl: counts that add up, made from the log alone, so that a killed crawl's is as good as any. */

import { isPage, isRun, type LogLine } from './log.ts';
import { hostOf } from './url.ts';

export interface HostReport {
  pages: number;
  errors: number;
  bytes: number;
}

export interface CrawlReport {
  readonly name: string;
  readonly round: number;
  /** Why the last run ended: `finished`, `max-pages`, `max-megabytes`, `max-minutes`, `cancelled`; `running` in a report made meanwhile. */
  readonly ended: string;
  /** Answers in the archive, revisits among them. */
  readonly pages: number;
  readonly revisits: number;
  readonly sitemaps: number;
  /** URLs known, and of these waiting. */
  readonly urls: number;
  readonly waiting: number;
  /** Bodies, as sent. */
  readonly bytes: number;
  /** All runs together. */
  readonly seconds: number;
  readonly runs: number;
  readonly retries: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** URLs that gave nothing, by reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** Links that were not followed, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The 1,000 hosts with the most pages. */
  readonly hosts: Readonly<Record<string, HostReport>>;
  readonly hostCount: number;
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
}

/** Adds up log lines. */
export class Tally {
  pages = 0;
  revisits = 0;
  sitemaps = 0;
  bytes = 0;
  runs = 0;
  retries = 0;
  private readonly statuses = new Map<string, number>();
  private readonly errors = new Map<string, number>();
  private readonly skipped = new Map<string, number>();
  private readonly hosts = new Map<string, HostReport>();
  private finishedMs = 0;
  private runStart = 0;
  private last = 0;

  take(line: LogLine): void {
    if (isRun(line)) {
      this.finishedMs += this.last - this.runStart;
      this.runStart = Date.parse(line.run);
      this.last = this.runStart;
      this.runs++;
      this.skip(line.x);
    } else if (isPage(line)) {
      this.last = Math.max(this.last, Date.parse(line.t));
      this.takePage(line);
    } else this.last = Math.max(this.last, Date.parse(line.sync));
  }

  private takePage(line: Extract<LogLine, { n: number }>): void {
    const key = hostOf(line.u);
    const host = this.hosts.get(key) ?? { pages: 0, errors: 0, bytes: 0 };
    this.hosts.set(key, host);
    if (line.w !== undefined) {
      this.pages++;
      host.pages++;
    } else if (line.e === undefined) this.sitemaps++;
    else {
      count(this.errors, line.e);
      host.errors++;
    }
    if (line.s !== undefined) count(this.statuses, String(line.s));
    if (line.rv) this.revisits++;
    this.bytes += line.b ?? 0;
    host.bytes += line.b ?? 0;
    this.retries += line.r ?? 0;
    this.skip(line.x);
  }

  private skip(reasons: Readonly<Record<string, number>> = {}): void {
    for (const [reason, n] of Object.entries(reasons)) count(this.skipped, reason, n);
  }

  /** Seconds of all runs. @param now while a run goes on */
  seconds(now?: number): number {
    return (this.finishedMs + Math.max(0, (now ?? this.last) - this.runStart)) / 1000;
  }

  pagesOf(host: string): number {
    return this.hosts.get(host)?.pages ?? 0;
  }

  report(
    rest: Pick<CrawlReport, 'name' | 'round' | 'ended' | 'urls' | 'waiting' | 'files'>,
    now?: number,
  ): CrawlReport {
    const hosts = [...this.hosts].sort(([a, x], [b, y]) => y.pages - x.pages || (a < b ? -1 : 1)).slice(0, 1000);
    return {
      name: rest.name,
      round: rest.round,
      ended: rest.ended,
      pages: this.pages,
      revisits: this.revisits,
      sitemaps: this.sitemaps,
      urls: rest.urls,
      waiting: rest.waiting,
      bytes: this.bytes,
      seconds: Math.round(this.seconds(now) * 10) / 10,
      runs: this.runs,
      retries: this.retries,
      statuses: sorted(this.statuses),
      errors: sorted(this.errors),
      skipped: sorted(this.skipped),
      hosts: Object.fromEntries(hosts),
      hostCount: this.hosts.size,
      files: rest.files,
    };
  }
}

function count(map: Map<string, number>, key: string, n = 1): void {
  map.set(key, (map.get(key) ?? 0) + n);
}

function sorted(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
