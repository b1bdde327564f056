/**
 * HTML files (`.html`, `.htm`, `.xhtml`, also `.gz`), one document a page. Bytes are decoded by byte-order mark, what the
 * page declares, or detection (docs/data/extraction.md). By default the main text is taken right away, on all cores; with
 * `extract: false` the text is the HTML as it stands, for steps of your own before `html-content`.
 * Meta: `path`, `charset`, and with `extract` what the page says of itself (title, url, language, date, author, site).
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { type BadInput, pathField } from '../source.ts';
import { defineWholeFileSource, wholeFileFields } from './whole-files.ts';

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
  ...wholeFileFields(),
});
type Options = z.output<typeof config>;

export const html = defineWholeFileSource({ name: 'html', version: 2, endings: /\.x?html?$/i, config, convert });

async function* convert(bytes: Buffer, place: string, options: Options): AsyncGenerator<Document | BadInput> {
  const { decodeText, prescanHtml } = await import('../charset/index.ts');
  const declared = options.charset !== undefined && prescanHtml(bytes) === undefined ? options.charset : undefined;
  const { text, charset, damaged } = decodeText(bytes, { html: true, declared });
  const controls = countControls(text);
  if (damaged + controls > text.length * options.max_damaged_share) {
    const detail = `of ${text.length} characters ${damaged} are not ${charset} and ${controls} are control characters`;
    yield { place, reason: 'undecodable', detail, raw: bytes, damaged: true };
    return;
  }
  const meta = { path: place, charset, content_type: 'text/html' };
  if (!options.extract) {
    yield { id: place, text, meta };
    return;
  }
  const { extractContent, metaOf } = await import('../html/index.ts');
  const { text: content, metadata, truncated } = extractContent(text, { format: options.format });
  if (truncated || content === '') {
    const reason = truncated ? 'too-many-nodes' : 'no-main-text';
    const detail = truncated ? 'the page has more elements than one is read with' : 'the page has no main text';
    yield { place, reason, detail, raw: bytes, damaged: true };
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
