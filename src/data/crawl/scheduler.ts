/**
 * Who comes next: gives hosts their turns, as many at a time as are allowed, until nothing waits or a limit is reached.
 * What happens in a turn is the visitor's business.
 */
import type { Reporter } from '../../core/index.ts';
import type { Fetcher } from './fetcher.ts';
import { type Host, type Hosts, TurnOrder } from './hosts.ts';
import type { CrawlStore } from './store.ts';
import type { VisitRules } from './visit.ts';
import { Visitor } from './visitor.ts';

const syncEveryMs = 5000;
const progressEveryMs = 500;

export interface SchedulerParts {
  readonly rules: VisitRules;
  readonly store: CrawlStore;
  readonly hosts: Hosts;
  readonly fetcher: Fetcher;
  /** Aborted from outside to stop, and by the scheduler when something failed. */
  readonly stop: AbortController;
  readonly report: Reporter;
}

export class Scheduler {
  private readonly parts: SchedulerParts;
  private readonly visitor: Visitor;
  private readonly turns = new TurnOrder();
  private active = 0;
  private failure: unknown;
  private wake: () => void = () => {};
  private lastSync = 0;
  private lastProgress = 0;

  constructor(parts: SchedulerParts) {
    this.parts = parts;
    const { rules, store, hosts, fetcher, stop } = parts;
    const waits = (key: string, offset: number): void => this.queueUp(hosts.wait(key, offset));
    this.visitor = new Visitor({ rules, store, fetcher, signal: stop.signal, waits });
  }

  /** @returns why it ended */
  async run(): Promise<string> {
    const { hosts, stop } = this.parts;
    stop.signal.addEventListener('abort', () => this.wake());
    for (const host of hosts.all()) this.queueUp(host);
    for (;;) {
      if (this.failure !== undefined) stop.abort();
      const limit = stop.signal.aborted ? 'cancelled' : this.limitReached();
      const next = this.turns.first;
      if (this.active === 0 && (limit !== undefined || next === undefined)) {
        if (this.failure !== undefined) throw this.failure;
        return limit ?? 'finished';
      }
      const now = performance.now();
      this.lookAround(now);
      const startable = limit === undefined && next !== undefined && this.hasRoom();
      if (startable && next.at <= now) this.start(this.turns.pop()!, now);
      else await this.pause(startable ? next.at - now : Number.POSITIVE_INFINITY);
    }
  }

  private limitReached(): string | undefined {
    const { rules, store } = this.parts;
    const { max_pages, max_megabytes, max_minutes } = rules.options;
    if (store.tally.pages >= max_pages) return 'max-pages';
    if (store.tally.bytes >= max_megabytes * 1e6) return 'max-megabytes';
    return store.tally.seconds(Date.now()) >= max_minutes * 60 ? 'max-minutes' : undefined;
  }

  /** For one request more. */
  private hasRoom(): boolean {
    const { rules, store } = this.parts;
    const { concurrency, max_pages } = rules.options;
    return this.active < concurrency && store.tally.pages + this.active < max_pages;
  }

  /** Waits for a request to end, or so long, a second at most. */
  private async pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(1000, Math.ceil(milliseconds)));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Shows progress and makes sure of what was written, each once in a while. */
  private lookAround(now: number): void {
    const { rules, store, report } = this.parts;
    if (now - this.lastProgress > progressEveryMs) {
      this.lastProgress = now;
      const { pages, bytes } = store.tally;
      report({
        type: 'progress',
        stage: rules.options.name,
        done: pages,
        total: rules.options.max_pages,
        unit: 'pages',
        metrics: { urls: store.frontier.size, megabytes: Math.round(bytes / 1e5) / 10, active: this.active },
      });
    }
    if (this.lastSync === 0) this.lastSync = now;
    if (now - this.lastSync > syncEveryMs) {
      this.lastSync = now;
      store.sync();
    }
  }

  private start(host: Host, now: number): void {
    // Since it was put in line, it may have been told to wait.
    if (host.loadingRobots || host.wakeAt() > now) {
      this.queueUp(host);
      return;
    }
    host.active++;
    this.active++;
    const { host_concurrency } = this.parts.rules.options;
    if (host_concurrency > 1) host.readyAt = now + this.visitor.delayOf(host);
    const turn = this.visitor.turn(host);
    // After the turn has begun: it may have found that robots.txt comes first.
    this.queueUp(host);
    turn
      .then(
        (asked) => {
          // With one request at a time the pause begins when the answer is there.
          if (asked && host_concurrency === 1)
            host.readyAt = Math.max(host.readyAt, performance.now() + this.visitor.delayOf(host));
        },
        (error: unknown) => {
          this.failure ??= error;
        },
      )
      .finally(() => {
        host.active--;
        this.active--;
        this.queueUp(host);
        this.wake();
      });
  }

  private queueUp(host: Host): void {
    const { host_concurrency } = this.parts.rules.options;
    if (host.inLine || host.loadingRobots || !host.waiting || host.active >= host_concurrency) return;
    this.turns.push(host, host.wakeAt());
  }
}
