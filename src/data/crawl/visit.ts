/** From an answer to what becomes of a URL: kept or not, and what it leads to. Decides; does nothing. */

import { decodeText } from '../charset/index.ts';
import { fieldNamed } from '../warc/fields.ts';
import { decodeBody } from '../warc/http.ts';
import type { Exchange } from './fetcher.ts';
import type { FoundUrl, Waiting } from './frontier.ts';
import type { CrawlOptions } from './options.ts';
import { type Answer, type PageReading, readPage } from './page.ts';
import { redirectTarget } from './robots-file.ts';
import type { Scope } from './scope.ts';
import { readSitemap } from './sitemap.ts';
import type { Done } from './store.ts';
import { runOf, type TrapRules, trapIn } from './traps.ts';
import { normalizeUrl, type UrlRules } from './url.ts';

export interface VisitRules {
  readonly options: CrawlOptions;
  readonly scope: Scope;
  readonly url: UrlRules;
  readonly traps: TrapRules;
}

export type Verdict = Omit<Done, 'entry' | 'exchange' | 'retries' | 'unchanged'>;

export function urlRulesOf(options: CrawlOptions): UrlRules {
  return {
    stripTracking: options.strip_tracking,
    stripSessionIds: options.strip_session_ids,
    sortQuery: options.sort_query,
  };
}

export function visitRules(options: CrawlOptions, scope: Scope): VisitRules {
  return {
    options,
    scope,
    url: urlRulesOf(options),
    traps: {
      maxPathSegments: options.max_path_segments,
      maxQueryParameters: options.max_query_parameters,
      maxSameShape: options.max_same_shape,
    },
  };
}

/** @param recalled the answer of an earlier round, where the server said that it has not changed */
export async function judge(
  entry: Waiting,
  exchange: Exchange,
  rules: VisitRules,
  recalled?: Answer,
): Promise<Verdict> {
  const { options } = rules;
  const { status } = exchange;
  if (exchange.unread) return { reason: 'content-type', detail: fieldNamed(exchange.headers, 'content-type') };
  if (exchange.truncated && options.truncated === 'drop') {
    return {
      reason:
        exchange.truncated === 'length' ? 'body-too-large' : exchange.truncated === 'time' ? 'timeout' : 'cut-off',
      detail: `${exchange.body.length} bytes came`,
    };
  }
  if (status >= 300 && status < 400 && status !== 304) return redirect(entry, exchange, rules);
  if (entry.kind === 'sitemap')
    return status === 200 ? sitemap(entry, exchange, rules) : { reason: 'sitemap', detail: `status ${status}` };
  const answer = status === 304 ? recalled : status >= 200 && status < 300 ? exchange : undefined;
  if (!answer) return {};
  const page = await readPage(answer, options);
  return { ...follow(entry, page, rules), ...(page.dropped ? { reason: page.dropped, detail: page.detail } : {}) };
}

function redirect(entry: Waiting, exchange: Exchange, { options, scope, url: urlRules }: VisitRules): Verdict {
  const left = (reason: string): Verdict => ({
    ...(entry.kind === 'sitemap' ? { reason: 'sitemap', detail: reason } : {}),
    skipped: { [reason]: 1 },
  });
  const target = redirectTarget(exchange);
  if (target === undefined) return left('redirect-nowhere');
  const result = normalizeUrl(target, undefined, urlRules);
  if ('refused' in result) return left(result.refused);
  const { url } = result;
  const chain = [...entry.chain, entry.url];
  if (chain.includes(url)) return left('redirect-loop');
  if (chain.length > options.max_redirects) return left('too-many-redirects');
  const outside = scope(url);
  if (outside) return left(outside);
  return { found: [{ url, depth: entry.depth, kind: entry.kind, chain, run: entry.run }] };
}

/** The links of a page that are worth a visit. */
function follow(entry: Waiting, { links, base }: PageReading, rules: VisitRules): Verdict {
  if (links.length === 0) return {};
  if (entry.depth >= rules.options.max_depth) return { skipped: { 'too-deep': links.length } };
  const skipped: Record<string, number> = {};
  const leave = (reason: string): void => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  const found = new Map<string, FoundUrl>();
  for (const link of links) {
    const result = normalizeUrl(link, base, rules.url);
    if ('refused' in result) {
      leave(result.refused);
      continue;
    }
    const { url } = result;
    if (url === entry.url || found.has(url)) {
      leave('duplicate');
      continue;
    }
    const run = runOf(url, entry.url, entry.run);
    const why = rules.scope(url) ?? trapIn(url, run, rules.traps);
    if (why) leave(why);
    else found.set(url, { url, depth: entry.depth + 1, kind: 'page', chain: [], run });
  }
  return { found: [...found.values()], skipped };
}

async function sitemap(entry: Waiting, exchange: Exchange, rules: VisitRules): Promise<Verdict> {
  const { headers, body } = exchange;
  let bytes: Buffer;
  try {
    const coding = fieldNamed(headers, 'content-encoding');
    const limit = rules.options.max_unpacked_megabytes * 1e6;
    bytes = await decodeBody(body, coding ? [['Content-Encoding', coding]] : [], limit);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await decodeBody(bytes, [['Content-Encoding', 'gzip']], limit);
  } catch (error) {
    return { reason: 'sitemap', detail: (error as Error).message };
  }
  const content = await readSitemap(decodeText(bytes, { declared: undefined, html: false }).text);
  const skipped: Record<string, number> = {};
  const found: FoundUrl[] = [];
  const take = (link: string, kind: 'page' | 'sitemap'): void => {
    const result = normalizeUrl(link, exchange.url, rules.url);
    const refused = 'refused' in result ? result.refused : rules.scope(result.url);
    // An index in an index in an index is a trap.
    const why = refused ?? (kind === 'sitemap' && entry.depth >= 3 ? 'too-deep' : undefined);
    if (why !== undefined || 'refused' in result) skipped[why ?? 'bad-url'] = (skipped[why ?? 'bad-url'] ?? 0) + 1;
    else found.push({ url: result.url, depth: kind === 'page' ? 0 : entry.depth + 1, kind, chain: [], run: 0 });
  };
  for (const url of content.pages) take(url, 'page');
  for (const url of content.sitemaps) take(url, 'sitemap');
  return { found, skipped };
}
