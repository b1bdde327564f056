/** Where a crawl begins. */
import { AthanorError } from '../../core/index.ts';
import type { FoundUrl } from './frontier.ts';
import type { CrawlOptions } from './options.ts';
import { normalizeUrl } from './url.ts';
import { urlRulesOf } from './visit.ts';

/** Seeds and sitemaps, normalised. @throws AthanorError('bad-input') */
export function readSeeds(options: CrawlOptions): FoundUrl[] {
  const rules = urlRulesOf(options);
  const read = (text: string, kind: 'page' | 'sitemap', field: string): FoundUrl => {
    const result = normalizeUrl(
      /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/]+:\d/.test(text) ? text : `https://${text}`,
      undefined,
      rules,
    );
    if ('url' in result) return { url: result.url, depth: 0, kind, chain: [], run: 0 };
    throw new AthanorError('bad-input', `${field}: '${text}' is not an http or https URL`, {
      place: field,
      hint: 'Write it whole, e.g. https://example.org/.',
      values: { url: text },
    });
  };
  const found = [
    ...options.seeds.map((seed) => read(seed, 'page', 'seeds')),
    ...options.sitemaps.map((sitemap) => read(sitemap, 'sitemap', 'sitemaps')),
  ];
  if (found.length > 0) return found;
  throw new AthanorError('bad-input', 'a crawl needs a URL to begin with', {
    place: 'seeds',
    hint: 'Give `seeds` or `sitemaps`.',
  });
}
