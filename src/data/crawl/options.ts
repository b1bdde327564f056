/** What a crawl can be told: one schema for the source `crawl` and for `athanor data crawl`. */
import { z } from 'zod';

const pattern = z.union([
  z.string().min(1),
  z.strictObject({ regex: z.string().min(1).describe('Regular expression (RE2), searched for in the URL') }),
]);

const seconds = z.number().nonnegative();
const positiveSeconds = z.number().positive();

export const crawlSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{0,127}$/u, {
      error: 'expected letters, digits, dots, dashes and underscores',
    })
    .describe(
      'Name of the crawl: its files lie in `crawls/<name>` of the workspace, and a run with the same name goes on where it stopped',
    ),
  seeds: z.array(z.string().min(1)).default([]).describe('URLs to begin with'),
  sitemaps: z
    .array(z.string().min(1))
    .default([])
    .describe('Sitemaps whose URLs are seeds too (`.xml`, `.xml.gz`, sitemap indexes, `.txt`)'),
  robots_sitemaps: z.boolean().default(false).describe('Take the sitemaps that robots.txt names as well'),
  contact: z
    .string()
    .min(3)
    .describe('Web page or e-mail address, told to every server, where its owner can reach you'),
  user_agent: z
    .string()
    .regex(/^[A-Za-z_-]+(\/[\w.-]+)?$/, {
      error: 'expected a product token such as `mybot` or `mybot/1.0` (letters, `_`, `-`; RFC 9309 §2.2.1)',
    })
    .default('athanor')
    .describe('Product token: what robots.txt calls this crawler; `/version` may follow'),
  accept_language: z.string().optional().describe('Value of Accept-Language, e.g. `zh-CN, en;q=0.5`'),

  domains: z
    .array(z.string())
    .default([])
    .describe(
      'Domains, with all below them, that may be visited; default: the hosts of seeds and sitemaps (with and without `www.`)',
    ),
  hosts: z
    .array(z.string())
    .default([])
    .describe('Single hosts that may be visited, with a port where it is not the usual one'),
  include: z
    .array(pattern)
    .default([])
    .describe('Globs over the whole URL (`*` within a part, `**` anything) or `{ regex }`; a URL must match one'),
  exclude: z.array(pattern).default([]).describe('As `include`; a URL may match none'),
  max_depth: z.int().nonnegative().default(3).describe('Links from a seed'),

  max_pages: z
    .int()
    .positive()
    .default(1000)
    .describe('Stop after as many answers put into the archive (redirects and errors of servers count)'),
  max_pages_per_host: z.int().nonnegative().default(0).describe('As many of one host; 0: no limit'),
  max_megabytes: z
    .number()
    .positive()
    .default(10_000)
    .describe('Stop after as many megabytes of bodies, as they were sent'),
  max_minutes: z
    .number()
    .positive()
    .default(1440)
    .describe('Stop after as many minutes of crawling, all runs together'),
  max_urls: z
    .int()
    .positive()
    .default(5_000_000)
    .describe('URLs to know of; further ones are counted and left. Each takes 20 to 40 bytes of memory'),

  delay_seconds: seconds
    .default(1)
    .describe('Pause between two requests to a host; a longer `crawl-delay` of robots.txt counts'),
  max_crawl_delay_seconds: seconds.default(60).describe('Hosts whose `crawl-delay` is longer are left out'),
  host_concurrency: z.int().positive().default(1).describe('Requests to one host at a time'),
  concurrency: z.int().positive().default(16).describe('Requests at a time in all'),
  max_retries: z.int().nonnegative().default(3).describe('Further tries after lost connections, timeouts, 429 and 5xx'),
  backoff_seconds: seconds
    .default(2)
    .describe('Pause before the first further try; doubled for each, ± 25 %; `Retry-After` counts where it is longer'),
  max_retry_after_seconds: seconds.default(600).describe('A longer `Retry-After` ends the tries'),
  max_redirects: z.int().nonnegative().default(5).describe('Redirects in a row'),
  connect_timeout_seconds: positiveSeconds.default(10).describe('Time to connect'),
  first_byte_timeout_seconds: positiveSeconds.default(30).describe('Time until the header of the answer is there'),
  timeout_seconds: positiveSeconds.default(120).describe('Time for a whole request'),
  max_body_megabytes: z.number().positive().default(16).describe('Longest body, as sent'),
  max_unpacked_megabytes: z
    .number()
    .positive()
    .default(128)
    .describe('Longest body, unpacked; one that unpacks to more is not kept'),
  truncated: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe(
      'Bodies over the limit or cut off: `drop` counts them as errors, `keep` archives what came, marked `WARC-Truncated`',
    ),
  content_types: z
    .array(z.string())
    .default([
      'text/*',
      'application/xhtml+xml',
      'application/xml',
      'application/rss+xml',
      'application/atom+xml',
      'application/json',
      'application/ld+json',
      'application/pdf',
    ])
    .describe('Types whose body is read (`text/*` for all of a kind); what has no type is read'),

  follow_nofollow: z.boolean().default(false).describe('Follow links and pages marked `nofollow`'),
  noindex: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('Pages marked `noindex` (meta robots, X-Robots-Tag): left out of the archive, or kept'),
  ai_opt_out: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('Pages marked `noai` or `tdm-reservation: 1`: left out of the archive, or kept'),

  strip_tracking: z.boolean().default(true).describe('Drop `utm_*`, `gclid` and other tracking parameters from URLs'),
  strip_session_ids: z
    .boolean()
    .default(true)
    .describe('Drop `;jsessionid=`, `PHPSESSID` and other session ids from URLs'),
  sort_query: z.boolean().default(false).describe('Put query parameters in the order of their names'),
  max_path_segments: z.int().positive().default(20).describe('Deepest path'),
  max_query_parameters: z.int().nonnegative().default(12).describe('Longest query'),
  max_same_shape: z
    .int()
    .nonnegative()
    .default(200)
    .describe(
      'Pages in a row, each found on the one before, whose URLs differ in numbers only (calendars); 0: no limit',
    ),

  allow_private: z.boolean().default(false).describe('Also visit addresses in private networks, such as localhost'),
  warc_megabytes: z.number().positive().default(1024).describe('A WARC file is closed once it is as long'),
  recrawl: z
    .boolean()
    .default(false)
    .describe(
      'Begin another round where the last one is finished: pages are asked for with `If-None-Match` and `If-Modified-Since`; what did not change becomes a revisit record',
    ),
});

export type CrawlOptions = z.output<typeof crawlSchema>;

/** What decides which URLs are found. */
const rules = [
  'domains',
  'hosts',
  'include',
  'exclude',
  'max_depth',
  'follow_nofollow',
  'robots_sitemaps',
  'strip_tracking',
  'strip_session_ids',
  'sort_query',
] as const;

/** A crawl cannot go on under other rules; limits and pauses may change. */
export function rulesOf(options: CrawlOptions): Record<string, unknown> {
  return Object.fromEntries(rules.map((rule) => [rule, options[rule]]));
}
