/**
 * The main text of a page: menus, teasers, comments, captions and notices taken out; paragraphs, lists, code and tables
 * kept apart. A heading that repeats the title is left to `meta.title`.
 *
 * Origin: own method. Runs of text are worth their length when they read like prose and cost when they are links or
 * scraps, and the element with the best sum holds the article (after "maximum subsequence segmentation", Pasternack &
 * Roth, WWW 2009); blocks of links are removed by link density (Kohlschütter et al., WSDM 2010); names, roles and
 * `articleBody` are hints, as in Readability (Mozilla) and trafilatura (Barbaresi, ACL 2021). Against the labelled pages
 * of article-extraction-benchmark: docs/data/extraction.md.
 *
 * Defaults: plain text; pages without main text are dropped (`no-main-text`). Pages whose text is only in JSON-LD give that.
 * Costs: about 3 ms a page of 100 KB, linear in the page; nesting is cut at 512 as browsers do.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { eachPage, htmlFields } from './html-options.ts';

export const htmlContent = defineStep({
  name: 'html-content',
  kind: 'extract',
  version: 2,
  config: z.strictObject(htmlFields),
  describe: ({ format }) => `Main text of HTML pages, as ${format === 'markdown' ? 'Markdown' : 'plain text'}`,
  async each(options, context) {
    const { extractContent, metaOf } = await import('../../html/index.ts');
    return eachPage(options, context, extractContent, metaOf, 'no-main-text');
  },
});
