/**
 * The polite crawler. Hosts take turns: one request at a time (by default), a pause after each, robots.txt first, longer
 * pauses when a server is ill or says so. Memory: 20 to 40 bytes a known URL, about a kilobyte a host, 64 MB for
 * robots.txt rules, and per request under way the body, packed and unpacked. One thread: the network takes the time.
 */
import { join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { AthanorError, type Reporter } from '../../core/index.ts';
import { writeJson } from '../../core/node.ts';
import { archiveFiles } from './archive.ts';
import { type Exchange, Fetcher, mayPass } from './fetcher.ts';
import type { FoundUrl, Waiting } from './frontier.ts';
import { type Held, Host, TurnOrder } from './hosts.ts';
import type { CrawlOptions } from './options.ts';
import { acceptsType } from './page.ts';
import { isIll, pauseBefore } from './pauses.ts';
import type { CrawlReport } from './report.ts';
import { fetchRobots } from './robots-file.ts';
import { type Refusal, RulesKept, robotsRefusal, schemeOf } from './robots-kept.ts';
import { makeScope } from './scope.ts';
import { readSeeds } from './seeds.ts';
import { CrawlStore, type Done, type KnownPage } from './store.ts';
import { normalizeUrl } from './url.ts';
import { productOf, software, userAgentOf } from './user-agent.ts';
import { judge, type VisitRules, visitRules } from './visit.ts';

export interface CrawlContext {
  /** Where the crawl lies. */
  readonly directory: string;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** Requests in a row without an answer after which a host is given up. */
const hostPatience = 10;
const syncEveryMs = 5000;

/**
 * Runs a crawl to its end or its limits; one that was stopped goes on.
 * @throws AthanorError('cancelled') when stopped; what was fetched is kept
 */
export async function crawl(options: CrawlOptions, context: CrawlContext): Promise<CrawlReport> {
  const seeds = readSeeds(options);
  const rules = visitRules(
    options,
    makeScope(
      options,
      seeds.map(({ url }) => url),
    ),
  );
  const hosts = new Map<string, Host>();
  const waits = (key: string, offset: number): void => {
    const host = hosts.get(key) ?? new Host(key);
    hosts.set(key, host);
    host.queue.push(offset);
  };
  const agent = userAgentOf(options);
  const info = {
    software,
    robots: 'obey',
    'http-header-user-agent': agent,
    isPartOf: options.name,
  };
  const store = await CrawlStore.open(context.directory, options, seeds, info, waits);
  try {
    const run = new Crawl({ options, rules, store, hosts, context, agent });
    return await run.run();
  } finally {
    store.close();
  }
}

interface Parts {
  readonly options: CrawlOptions;
  readonly rules: VisitRules;
  readonly store: CrawlStore;
  readonly hosts: Map<string, Host>;
  readonly context: CrawlContext;
  readonly agent: string;
}

class Crawl {
  private readonly parts: Parts;
  private readonly turns = new TurnOrder();
  private readonly headers: readonly (readonly [string, string])[];
  private readonly stop = new AbortController();
  private fetcher!: Fetcher;
  private active = 0;
  private readonly rulesKept: RulesKept;
  private failure: unknown;
  private wake: () => void = () => {};
  private lastSync = 0;
  private lastProgress = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.rulesKept = new RulesKept();
    const { accept_language } = parts.options;
    this.headers = [
      ['user-agent', parts.agent],
      ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8,*/*;q=0.5'],
      ...(accept_language === undefined ? [] : [['accept-language', accept_language] as const]),
      ['accept-encoding', 'gzip, deflate, br'],
    ];
  }

  async run(): Promise<CrawlReport> {
    const { options, hosts, context, store } = this.parts;
    const cancel = (): void => {
      this.stop.abort();
      this.wake();
    };
    if (context.signal?.aborted) cancel();
    context.signal?.addEventListener('abort', cancel);
    this.fetcher = await Fetcher.open(
      {
        connectMs: options.connect_timeout_seconds * 1000,
        firstByteMs: options.first_byte_timeout_seconds * 1000,
        totalMs: options.timeout_seconds * 1000,
        maxBodyBytes: options.max_body_megabytes * 1e6,
        allowPrivate: options.allow_private,
        connections: options.host_concurrency,
      },
      this.stop.signal,
    );
    try {
      for (const host of hosts.values()) this.queueUp(host);
      const ended = await this.loop();
      store.sync();
      return this.finish(ended);
    } finally {
      context.signal?.removeEventListener('abort', cancel);
      await this.fetcher.close();
    }
  }

  /** Gives turns until nothing waits or a limit is reached. @returns why it ended */
  private async loop(): Promise<string> {
    const { options } = this.parts;
    for (;;) {
      if (this.failure !== undefined) this.stop.abort();
      const limit = this.stop.signal.aborted ? 'cancelled' : this.limitReached();
      const next = this.turns.first;
      if (this.active === 0 && (limit !== undefined || next === undefined)) {
        if (this.failure !== undefined) throw this.failure;
        return limit ?? 'finished';
      }
      const now = performance.now();
      this.lookAround(now);
      if (
        limit === undefined &&
        next &&
        next.at <= now &&
        this.active < options.concurrency &&
        this.roomFor(this.active + 1)
      ) {
        this.start(this.turns.pop()!, now);
        continue;
      }
      const startable =
        limit === undefined && next && this.active < options.concurrency && this.roomFor(this.active + 1);
      await this.pause(startable ? Math.max(0, next.at - now) : undefined);
    }
  }

  private limitReached(): string | undefined {
    const { options, store } = this.parts;
    if (!this.roomFor(1)) return 'max-pages';
    if (store.tally.bytes >= options.max_megabytes * 1e6) return 'max-megabytes';
    return store.tally.seconds(Date.now()) >= options.max_minutes * 60 ? 'max-minutes' : undefined;
  }

  private roomFor(pages: number): boolean {
    return this.parts.store.tally.pages + pages <= this.parts.options.max_pages;
  }

  /** Waits for a request to end, or so long. */
  private async pause(milliseconds: number | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(1000, milliseconds === undefined ? 1000 : Math.ceil(milliseconds)));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private lookAround(now: number): void {
    const { store, context, options } = this.parts;
    if (now - this.lastProgress > 500) {
      this.lastProgress = now;
      const { pages, bytes } = store.tally;
      context.report({
        type: 'progress',
        stage: options.name,
        done: pages,
        total: options.max_pages,
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
    const { host_concurrency } = this.parts.options;
    if (host_concurrency > 1) host.readyAt = now + this.delayOf(host);
    const turn = this.turn(host);
    // After the turn has begun: it may have found that robots.txt comes first.
    this.queueUp(host);
    turn
      .then(
        (asked) => {
          // With one request at a time the pause begins when the answer is there.
          if (asked && host_concurrency === 1)
            host.readyAt = Math.max(host.readyAt, performance.now() + this.delayOf(host));
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
    if (host.inLine || host.loadingRobots || !host.waiting || host.active >= this.parts.options.host_concurrency)
      return;
    this.turns.push(host, host.wakeAt());
  }

  private delayOf(host: Host): number {
    const asked = Math.max(0, ...[...host.robots.values()].map(({ rules }) => rules.crawlDelay ?? 0));
    return Math.max(this.parts.options.delay_seconds, asked) * 1000 * host.slowdown;
  }

  /** One turn of a host: at most one request; URLs that need none are dealt with on the way. @returns was it asked? */
  private async turn(host: Host): Promise<boolean> {
    for (let n = 1; ; n++) {
      if (this.stop.signal.aborted) return false;
      const held = this.take(host);
      if (!held) return false;
      const { entry } = held;
      const refused = this.refusal(host, entry);
      if (refused === 'ask-robots') {
        host.hold({ ...held, notBefore: 0 });
        await this.loadRobots(host, entry);
        return true;
      }
      if (refused === undefined) {
        await this.visit(host, held);
        return true;
      }
      this.commit({ entry, ...refused, retries: held.attempts });
      if (n % 50 === 0) await yieldToOthers();
    }
  }

  private take(host: Host): Held | undefined {
    const first = host.held[0];
    if (first && first.notBefore <= performance.now()) return host.held.shift();
    if (host.held.length >= 50) return undefined;
    const offset = host.queue.shift();
    return offset === undefined
      ? undefined
      : { entry: this.parts.store.frontier.read(offset), attempts: 0, notBefore: 0 };
  }

  /** Why a URL is not to be fetched. */
  private refusal(host: Host, entry: Waiting): Refusal {
    const { options, store } = this.parts;
    if (host.given) return host.given;
    if (
      options.max_pages_per_host > 0 &&
      entry.kind === 'page' &&
      store.tally.pagesOf(host.key) >= options.max_pages_per_host
    )
      return { reason: 'host-limit' };
    return robotsRefusal(host, entry.url, options.max_crawl_delay_seconds, performance.now());
  }

  private async loadRobots(host: Host, entry: Waiting): Promise<void> {
    const { options } = this.parts;
    host.loadingRobots = true;
    try {
      const answer = await fetchRobots(this.fetcher, {
        origin: new URL(entry.url).origin,
        agent: productOf(options.user_agent),
        headers: this.headers,
        delayMs: this.delayOf(host),
        now: () => performance.now(),
      });
      if (answer.unreachable?.reason === 'cancelled') return;
      if (answer.again && host.failures < options.max_retries) {
        const pause = pauseBefore(host.failures, `${host.key}/robots.txt`, answer.again.retryAfter, options);
        host.failures++;
        if (pause !== undefined) {
          host.readyAt = performance.now() + pause;
          return;
        }
      }
      host.failures = 0;
      host.robots.set(schemeOf(entry.url), answer);
      this.rulesKept.add(host, answer.rules.bytes);
      if (options.robots_sitemaps) this.addSitemaps(answer.rules.sitemaps);
    } finally {
      host.loadingRobots = false;
    }
  }

  private addSitemaps(urls: readonly string[]): void {
    const { store, rules } = this.parts;
    const found: FoundUrl[] = [];
    for (const text of urls) {
      const result = normalizeUrl(text, undefined, rules.url);
      if ('url' in result && rules.scope(result.url) === undefined)
        found.push({ url: result.url, depth: 0, kind: 'sitemap', chain: [], run: 0 });
    }
    store.frontier.add(found, () => {}, this.waits);
  }

  private readonly waits = (key: string, offset: number): void => {
    const { hosts } = this.parts;
    const host = hosts.get(key) ?? new Host(key);
    hosts.set(key, host);
    host.queue.push(offset);
    this.queueUp(host);
  };

  private async visit(host: Host, held: Held): Promise<void> {
    const { options, rules, store } = this.parts;
    const { entry, attempts } = held;
    const known = entry.kind === 'page' ? store.knownPage(entry.url) : undefined;
    const sitemap = entry.kind === 'sitemap';
    const got = await this.fetcher.fetch({
      url: entry.url,
      headers: [...this.headers, ...conditions(known)],
      accepts: (status, headers) =>
        sitemap || status < 200 || status >= 300 || acceptsType(headers, options.content_types),
      ...(sitemap ? { maxBodyBytes: 50e6 } : {}),
    });
    if ('fault' in got) {
      if (got.fault === 'cancelled') return this.putBack(host, held);
      if (mayPass(got.fault)) {
        host.failures++;
        if (this.tryAgain(host, held, undefined, ['connect', 'connect-timeout', 'dns'].includes(got.fault))) return;
        if (host.failures >= hostPatience * (options.max_retries + 1))
          host.given = { reason: 'host-unreachable', detail: got.detail };
      }
      this.commit({ entry, reason: got.fault, detail: got.detail, retries: attempts });
      return;
    }
    host.failures = 0;
    const ill = isIll(got.status);
    if (got.status === 429) host.slowdown = Math.min(16, host.slowdown * 2);
    if (
      (ill || got.truncated === 'disconnect') &&
      this.tryAgain(host, held, got, got.status === 429 || got.status === 503)
    )
      return;
    const unchanged = got.status === 304 ? known : undefined;
    const recalled = unchanged && (await store.recall(unchanged));
    const verdict = await judge(entry, got, rules, recalled);
    this.commit({ entry, exchange: got, retries: attempts, unchanged, ...verdict });
  }

  private putBack(host: Host, held: Held): void {
    host.hold({ ...held, notBefore: 0 });
  }

  /** Holds a URL for later, where it may be tried again. @param everything the whole host has to wait */
  private tryAgain(host: Host, { entry, attempts }: Held, answer: Exchange | undefined, everything: boolean): boolean {
    const { options } = this.parts;
    if (attempts >= options.max_retries) return false;
    const pause = pauseBefore(attempts, entry.url, answer, options);
    if (pause === undefined) return false;
    const notBefore = performance.now() + pause;
    host.hold({ entry, attempts: attempts + 1, notBefore });
    if (everything) host.readyAt = Math.max(host.readyAt, notBefore);
    return true;
  }

  private commit(done: Done): void {
    this.parts.store.commit(done, this.waits);
  }

  private finish(ended: string): CrawlReport {
    const { options, context, store, hosts } = this.parts;
    let waiting = 0;
    for (const host of hosts.values()) waiting += host.queue.length + host.held.length;
    const files = archiveFiles(context.directory, options.name).map(({ path, bytes }) => ({
      file: path.slice(context.directory.length + 1),
      bytes,
    }));
    const report = store.tally.report({
      name: options.name,
      round: store.round,
      ended,
      urls: store.frontier.size,
      waiting,
      files,
    });
    writeJson(join(context.directory, 'report.json'), report);
    if (ended === 'cancelled') {
      throw new AthanorError('cancelled', `the crawl '${options.name}' was stopped`, {
        hint: 'Run the same command again: it goes on where it stopped.',
        values: { report },
      });
    }
    return report;
  }
}

function conditions(known: KnownPage | undefined): [string, string][] {
  return [
    ...(known?.etag === undefined ? [] : [['if-none-match', known.etag] as [string, string]]),
    ...(known?.lastModified === undefined ? [] : [['if-modified-since', known.lastModified] as [string, string]]),
  ];
}
