/**
 * The web: visits pages from `seeds` on, politely, into WARC files under `crawls/<name>` of the workspace, and reads these
 * as the source `warc` does. A crawl that was stopped goes on; one that is finished is not asked for again, so that a
 * build gives what it gave before (`recrawl: true` begins another round each time).
 *
 * Obeys robots.txt (RFC 9309, with crawl-delay), `nofollow`, `noindex` and the opt-outs from AI training `noai` and
 * TDMRep; one request at a time to a host, a second apart; waits when a server is ill or says so; names itself and
 * `contact` to every server. Refuses private networks. Standards: WARC 1.1, sitemaps.org 0.9, RFC 3986, RFC 9110.
 *
 * Costs 20 to 40 bytes of memory a URL that is known. See docs/data/crawler.md.
 */
import { AthanorError } from '../../core/index.ts';
import { archiveFiles } from '../crawl/archive.ts';
import { crawlSchema } from '../crawl/options.ts';
import { commonSourceFields, defineSource, type InputContext, onErrorField } from '../source.ts';
import { warc } from './warc.ts';

const config = crawlSchema.extend({
  read: warc.config
    .omit({ path: true, licence: true, origin: true })
    .extend({ on_error: onErrorField.default('drop') })
    .prefault({})
    .describe('Which of the pages are read, and how: the fields of the source `warc`'),
  ...commonSourceFields,
});

export const crawl = defineSource({
  name: 'crawl',
  version: 1,
  config,

  async fetch({ read: _read, licence: _licence, origin: _origin, ...options }, context) {
    const { crawl: run } = await import('../crawl/crawl.ts');
    const { report, signal } = context;
    await run(options, { directory: context.workspace.crawl(options.name), report, signal });
  },

  inputs: ({ name, read }, context) => warc.inputs({ ...read, path: archived(name, context) }, inside(name, context)),
  units: ({ name, read }, context) => warc.units({ ...read, path: archived(name, context) }, inside(name, context)),
  read: (unit, { read }, context) => warc.read(unit, { ...read, path: [] }, context),
});

function inside(name: string, context: InputContext): InputContext {
  return { ...context, baseDir: context.workspace.crawl(name) };
}

function archived(name: string, { workspace }: InputContext): string[] {
  const directory = workspace.crawl(name);
  const files = archiveFiles(directory, name).map(({ path }) => path);
  if (files.length > 0) return files;
  throw new AthanorError('not-found', `the crawl '${name}' has no pages`, {
    place: directory,
    hint: 'Its report.json says why.',
  });
}
