/**
 * All visible text of a page, menus and footers too: for pages that are known to be clean (documentation, exports), and
 * before `site-boilerplate`.
 *
 * Origin: what `innerText` gives in a browser (HTML standard, §3.2.7), without style sheets: only `hidden`,
 * `aria-hidden` and inline styles hide. Costs: about 2 ms a page of 100 KB.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { eachPage, htmlFields } from './html-options.ts';

export const htmlText = defineStep({
  name: 'html-text',
  kind: 'extract',
  version: 2,
  config: z.strictObject(htmlFields),
  describe: ({ format }) => `All visible text of HTML pages, as ${format === 'markdown' ? 'Markdown' : 'plain text'}`,
  async each(options, context) {
    const { extractVisible, metaOf } = await import('../../html/index.ts');
    return eachPage(options, context, extractVisible, metaOf, 'no-text');
  },
});
