/**
 * PDF files, through pdf.js (npm `unpdf`): one document a file, or a page. Lines are joined to paragraphs, hyphens at line
 * ends undone, running heads and page numbers left out. Damaged or encrypted files, and scans without a text layer, are
 * bad input with a reason. Meta: `path`, `pages` or `page`, and title, author, date, language where the PDF has them.
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { type BadInput, pathField } from '../source.ts';
import { defineWholeFileSource, wholeFileFields } from './whole-files.ts';

const config = z.strictObject({
  path: pathField,
  unit: z.enum(['document', 'page']).default('document').describe('What one document is: a whole PDF, or one page'),
  layout: z
    .enum(['paragraphs', 'lines'])
    .default('paragraphs')
    .describe('Join the lines of each paragraph, or keep the lines of the page'),
  running_heads: z
    .boolean()
    .default(false)
    .describe('Keep page numbers and what stands at the top or foot of most pages'),
  max_pages: z.int().positive().default(20_000).describe('A PDF with more pages is bad input'),
  ...wholeFileFields(256 << 20),
});
type Options = z.output<typeof config>;

export const pdf = defineWholeFileSource({ name: 'pdf', version: 2, endings: /\.pdf$/i, config, convert });

async function* convert(bytes: Buffer, place: string, options: Options): AsyncGenerator<Document | BadInput> {
  const { readPdf } = await import('../pdf/read.ts');
  const result = await readPdf(bytes, {
    lines: options.layout === 'lines',
    runningHeads: options.running_heads,
    maxPages: options.max_pages,
  });
  if ('fault' in result) {
    const { fault: reason, detail } = result;
    yield { place, reason, detail, raw: bytes.subarray(0, 65_536), damaged: true };
    return;
  }
  const meta = { path: place, content_type: 'application/pdf', ...result.meta };
  if (options.unit === 'document') {
    yield { id: place, text: result.text, meta: { ...meta, pages: result.pages.length } };
    return;
  }
  for (const [i, text] of result.pages.entries()) {
    if (text !== '') yield { id: `${place}#page=${i + 1}`, text, meta: { ...meta, page: i + 1 } };
  }
}
