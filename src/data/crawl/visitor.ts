/** What happens in a host's turn: robots.txt or one page is fetched, judged and put on record, or held for later. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Exchange, type Fetcher, mayPass } from './fetcher.ts';
import type { FoundUrl, Waiting, Waits } from './frontier.ts';
import type { Held, Host } from './hosts.ts';
import type { KnownPage } from './known-pages.ts';
import { acceptsType } from './page.ts';
import { isIll, pauseBefore } from './pauses.ts';
import { fetchRobots } from './robots-file.ts';
import { type Refusal, RulesKept, robotsRefusal, schemeOf } from './robots-kept.ts';
import type { CrawlStore, Done } from './store.ts';
import { normalizeUrl } from './url.ts';
import { productOf, userAgentOf } from './user-agent.ts';
import { judge, type VisitRules } from './visit.ts';

/** Requests in a row without an answer after which a host is given up. */
const hostPatience = 10;

export interface VisitorParts {
  readonly rules: VisitRules;
  readonly store: CrawlStore;
  readonly fetcher: Fetcher;
  readonly signal: AbortSignal;
  /** Called for each URL that was found. */
  readonly waits: Waits;
}

export class Visitor {
  private readonly parts: VisitorParts;
  private readonly headers: readonly (readonly [string, string])[];
  private readonly rulesKept = new RulesKept();

  constructor(parts: VisitorParts) {
    this.parts = parts;
    const { options } = parts.rules;
    const { accept_language } = options;
    this.headers = [
      ['user-agent', userAgentOf(options)],
      ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8,*/*;q=0.5'],
      ...(accept_language === undefined ? [] : [['accept-language', accept_language] as const]),
      ['accept-encoding', 'gzip, deflate, br'],
    ];
  }

  /** Milliseconds between two requests to a host. */
  delayOf(host: Host): number {
    const { delay_seconds, max_crawl_delay_seconds } = this.parts.rules.options;
    // A longer one than the longest means that the host is left out: its URLs are refused without a request between.
    const asked = [...host.robots.values()]
      .map(({ rules }) => rules.crawlDelay ?? 0)
      .filter((delay) => delay <= max_crawl_delay_seconds);
    return Math.max(delay_seconds, ...asked) * 1000 * host.slowdown;
  }

  /** One turn of a host: at most one request; URLs that need none are dealt with on the way. @returns was it asked? */
  async turn(host: Host): Promise<boolean> {
    for (let n = 1; ; n++) {
      if (this.parts.signal.aborted) return false;
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
    const { options } = this.parts.rules;
    if (host.given) return host.given;
    if (
      options.max_pages_per_host > 0 &&
      entry.kind === 'page' &&
      this.parts.store.tally.pagesOf(host.key) >= options.max_pages_per_host
    )
      return { reason: 'host-limit' };
    return robotsRefusal(host, entry.url, options.max_crawl_delay_seconds, performance.now());
  }

  private async loadRobots(host: Host, entry: Waiting): Promise<void> {
    const { options } = this.parts.rules;
    host.loadingRobots = true;
    try {
      const answer = await fetchRobots(this.parts.fetcher, {
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
      this.rulesKept.add(host);
      if (options.robots_sitemaps) this.addSitemaps(answer.rules.sitemaps);
    } finally {
      host.loadingRobots = false;
    }
  }

  private addSitemaps(urls: readonly string[]): void {
    const { store, rules, waits } = this.parts;
    const found: FoundUrl[] = [];
    for (const text of urls) {
      const result = normalizeUrl(text, undefined, rules.url);
      if ('url' in result && rules.scope(result.url) === undefined)
        found.push({ url: result.url, depth: 0, kind: 'sitemap', chain: [], run: 0 });
    }
    store.frontier.add(found, () => {}, waits);
  }

  private async visit(host: Host, held: Held): Promise<void> {
    const { rules, store, fetcher } = this.parts;
    const { options } = rules;
    const { entry, attempts } = held;
    const known = entry.kind === 'page' ? store.knownPage(entry.url) : undefined;
    const sitemap = entry.kind === 'sitemap';
    const got = await fetcher.fetch({
      url: entry.url,
      headers: [...this.headers, ...conditions(known)],
      accepts: (status, headers) =>
        sitemap || status < 200 || status >= 300 || acceptsType(headers, options.content_types),
      ...(sitemap ? { maxBodyBytes: 50e6 } : {}),
    });
    if ('fault' in got) {
      if (got.fault === 'cancelled') return host.hold({ ...held, notBefore: 0 });
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

  /** Holds a URL for later, where it may be tried again. @param everything the whole host has to wait */
  private tryAgain(host: Host, { entry, attempts }: Held, answer: Exchange | undefined, everything: boolean): boolean {
    const { options } = this.parts.rules;
    if (attempts >= options.max_retries) return false;
    const pause = pauseBefore(attempts, entry.url, answer, options);
    if (pause === undefined) return false;
    const notBefore = performance.now() + pause;
    host.hold({ entry, attempts: attempts + 1, notBefore });
    if (everything) host.readyAt = Math.max(host.readyAt, notBefore);
    return true;
  }

  private commit(done: Done): void {
    this.parts.store.commit(done, this.parts.waits);
  }
}

function conditions(known: KnownPage | undefined): [string, string][] {
  return [
    ...(known?.etag === undefined ? [] : [['if-none-match', known.etag] as [string, string]]),
    ...(known?.lastModified === undefined ? [] : [['if-modified-since', known.lastModified] as [string, string]]),
  ];
}
