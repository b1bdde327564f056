/**
 * HTML files (`.html`, `.htm`, `.xhtml`, also `.gz`), one document a page. Bytes are decoded by byte-order mark, what the
 * page declares, or detection (docs/data/extraction.md). By default the main text is taken right away, on all cores; with
 * `extract: false` the text is the HTML as it stands, for steps of your own before `html-content`.
 * Meta: `path`, `charset`, and with `extract` what the page says of itself (title, url, language, date, author, site).
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
  extract: z.boolean().default(true).describe('Take the main text of each page; false keeps the HTML'),
  format: z.enum(['text', 'markdown']).default('text').describe('Form of the main text'),
  charset: z.string().optional().describe('Charset of pages that declare none (any label); default: detected'),
  max_damaged_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('A page with a larger share of undecodable and control characters is bad input'),
  max_document_bytes: z
    .int()
    .positive()
    .default(128 << 20)
    .describe('A longer file is bad input, in bytes'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

const endings = /\.x?html?$/i;

export const html = defineSource({
  name: 'html',
  version: 1,
  config,
  inputs: ({ path }, { baseDir }) => ({ files: describeFiles(findWholeFiles(path, baseDir, endings)), parents: [] }),
  units: ({ path }, { baseDir }) => groupFiles(findWholeFiles(path, baseDir, endings)),
  async *read(files: FoundFile[], options, context) {
    for (const file of files) yield* readPage(file, options, context);
  },
});

async function* readPage(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const bytes = await readWholeFile(file, options.max_document_bytes, options.on_error, context);
  if (bytes === undefined) return;
  const { decodeText, prescanHtml } = await import('../charset/index.ts');
  const declared = options.charset !== undefined && prescanHtml(bytes) === undefined ? options.charset : undefined;
  const { text, charset, damaged } = decodeText(bytes, { html: true, declared });
  const place = file.name;
  const controls = countControls(text);
  if (damaged + controls > text.length * options.max_damaged_share) {
    const detail = `of ${text.length} characters ${damaged} are not ${charset} and ${controls} are control characters`;
    handleBadInput({ place, reason: 'undecodable', detail, raw: bytes, damaged: true }, options.on_error, context);
    return;
  }
  const meta = { path: file.name, charset, content_type: 'text/html' };
  if (!options.extract) {
    yield { id: place, text, meta };
    return;
  }
  const { extractContent, metaOf } = await import('../html/index.ts');
  const { text: content, metadata, truncated } = extractContent(text, { format: options.format });
  if (truncated || content === '') {
    const reason = truncated ? 'too-many-nodes' : 'no-main-text';
    const detail = truncated ? 'the page has more elements than one is read with' : 'the page has no main text';
    handleBadInput({ place, reason, detail, raw: bytes, damaged: true }, options.on_error, context);
    return;
  }
  yield { id: place, text: content, meta: metaOf(metadata, { ...meta, content_type: 'text/plain' }) };
}

/** Control characters beside white space: binary files have many. */
function countControls(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 && (unit < 9 || unit > 13)) count++;
  }
  return count;
}
