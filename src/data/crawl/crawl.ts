/**
 * The polite crawler. Hosts take turns: one request at a time (by default), a pause after each, robots.txt first, longer
 * pauses when a server is ill or says so. Memory: 20 to 40 bytes a known URL, about a kilobyte a host, 64 MB for
 * robots.txt rules, and per request under way the body, packed and unpacked. One thread: the network takes the time.
 */
import { join } from 'node:path';
import { AthanorError, type Reporter } from '../../core/index.ts';
import { clearLeftovers, writeJson } from '../../core/node.ts';
import { takeLock } from '../lock.ts';
import { archiveFiles } from './archive.ts';
import { Fetcher } from './fetcher.ts';
import { Hosts } from './hosts.ts';
import type { CrawlOptions } from './options.ts';
import type { CrawlReport } from './report.ts';
import { Scheduler } from './scheduler.ts';
import { makeScope } from './scope.ts';
import { readSeeds } from './seeds.ts';
import { CrawlStore } from './store.ts';
import { software, userAgentOf } from './user-agent.ts';
import { type VisitRules, visitRules } from './visit.ts';

export interface CrawlContext {
  /** Where the crawl lies. */
  readonly directory: string;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a crawl to its end or its limits; one that was stopped goes on.
 * @throws AthanorError('cancelled') when stopped; what was fetched is kept
 * @throws AthanorError('locked') where another process runs it
 */
export async function crawl(options: CrawlOptions, context: CrawlContext): Promise<CrawlReport> {
  const { directory } = context;
  const seeds = readSeeds(options);
  const urls = seeds.map(({ url }) => url);
  const rules = visitRules(options, makeScope(options, urls));
  const info = {
    software,
    robots: 'obey',
    'http-header-user-agent': userAgentOf(options),
    isPartOf: options.name,
  };
  const lock = takeLock(directory, { what: `the crawl '${options.name}'`, instead: 'choose another name' });
  try {
    clearLeftovers(directory);
    const hosts = new Hosts();
    const store = await CrawlStore.open(directory, options, seeds, info, (key, offset) => hosts.wait(key, offset));
    try {
      const ended = await run(rules, store, hosts, context);
      return finish(ended, options, store, hosts, directory);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

/** @returns why it ended */
async function run(rules: VisitRules, store: CrawlStore, hosts: Hosts, context: CrawlContext): Promise<string> {
  const { options } = rules;
  const stop = new AbortController();
  const cancel = (): void => stop.abort();
  if (context.signal?.aborted) cancel();
  context.signal?.addEventListener('abort', cancel);
  const fetcher = await Fetcher.open(
    {
      connectMs: options.connect_timeout_seconds * 1000,
      firstByteMs: options.first_byte_timeout_seconds * 1000,
      totalMs: options.timeout_seconds * 1000,
      maxBodyBytes: options.max_body_megabytes * 1e6,
      allowPrivate: options.allow_private,
      connections: options.host_concurrency,
    },
    stop.signal,
  );
  try {
    const ended = await new Scheduler({ rules, store, hosts, fetcher, stop, report: context.report }).run();
    store.sync();
    return ended;
  } finally {
    context.signal?.removeEventListener('abort', cancel);
    await fetcher.close();
  }
}

function finish(
  ended: string,
  { name }: CrawlOptions,
  store: CrawlStore,
  { waiting }: Hosts,
  directory: string,
): CrawlReport {
  const files = archiveFiles(directory, name).map(({ path, bytes }) => ({
    file: path.slice(directory.length + 1),
    bytes,
  }));
  const { round, frontier } = store;
  const report = store.tally.report({ name, round, ended, urls: frontier.size, waiting, files });
  writeJson(join(directory, 'report.json'), report);
  if (ended !== 'cancelled') return report;
  throw new AthanorError('cancelled', `the crawl '${name}' was stopped`, {
    hint: 'Run the same command again: it goes on where it stopped.',
    values: { report },
  });
}
