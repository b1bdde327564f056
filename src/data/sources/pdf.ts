/**
 * PDF files, through pdf.js (npm `unpdf`): one document a file, or a page. Lines are joined to paragraphs, hyphens at line
 * ends undone, running heads and page numbers left out. Damaged or encrypted files, and scans without a text layer, are
 * bad input with a reason. Meta: `path`, `pages` or `page`, and title, author, date, language where the PDF has them.
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { describeFiles, type FoundFile, groupFiles } from '../lines.ts';
import {
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';
import { findWholeFiles, readWholeFile } from './whole-files.ts';

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
  max_document_bytes: z
    .int()
    .positive()
    .default(256 << 20)
    .describe('A longer file is bad input, in bytes'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

const endings = /\.pdf$/i;

export const pdf = defineSource({
  name: 'pdf',
  version: 1,
  config,
  inputs: ({ path }, { baseDir }) => ({ files: describeFiles(findWholeFiles(path, baseDir, endings)), parents: [] }),
  units: ({ path }, { baseDir }) => groupFiles(findWholeFiles(path, baseDir, endings)),
  async *read(files: FoundFile[], options, context) {
    for (const file of files) yield* readFile(file, options, context);
  },
});

async function* readFile(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const bytes = await readWholeFile(file, options.max_document_bytes, options.on_error, context);
  if (bytes === undefined) return;
  const { readPdf } = await import('../pdf/read.ts');
  const result = await readPdf(bytes, {
    lines: options.layout === 'lines',
    runningHeads: options.running_heads,
    maxPages: options.max_pages,
  });
  if ('fault' in result) {
    const { fault: reason, detail } = result;
    const raw = bytes.subarray(0, 65_536);
    handleBadInput({ place: file.name, reason, detail, raw, damaged: true }, options.on_error, context);
    return;
  }
  const meta = { path: file.name, content_type: 'application/pdf', ...result.meta };
  if (options.unit === 'document') {
    const text = result.pages.filter((page) => page !== '').join(options.layout === 'lines' ? '\n' : '\n\n');
    yield { id: file.name, text, meta: { ...meta, pages: result.pages.length } };
    return;
  }
  for (const [i, text] of result.pages.entries()) {
    if (text !== '') yield { id: `${file.name}#page=${i + 1}`, text, meta: { ...meta, page: i + 1 } };
  }
}
