/**
 * Markdown files (`.md`, `.markdown`, `.mdx`, also `.gz`), one document a file. Front matter (YAML between `---` lines)
 * goes to meta: `lang` as `language`, `license` as `licence`, dates as text, the rest by their names. The title is that of
 * the front matter, else the first heading. `strip` makes plain text of the Markdown.
 */
import { z } from 'zod';
import type { Document } from '../document.ts';
import { type BadInput, pathField } from '../source.ts';
import { defineWholeFileSource, wholeFileFields } from './whole-files.ts';

const config = z.strictObject({
  path: pathField,
  strip: z.boolean().default(false).describe('Make plain text: marks, link targets, images and HTML tags are removed'),
  front_matter: z.boolean().default(true).describe('Take front matter out of the text and into meta'),
  ...wholeFileFields(),
});
type Options = z.output<typeof config>;

export const markdown = defineWholeFileSource({
  name: 'markdown',
  version: 1,
  endings: /\.(?:md|markdown|mdx|mkd)$/i,
  config,
  convert,
});

async function* convert(bytes: Buffer, place: string, options: Options): AsyncGenerator<Document | BadInput> {
  const { decodeText } = await import('../charset/index.ts');
  const { readFrontMatter } = await import('../markdown/front-matter.ts');
  const { stripMarkdown, titleOf } = await import('../markdown/strip.ts');
  const { text, charset } = decodeText(bytes);
  const { body, fields, fault } = options.front_matter
    ? readFrontMatter(text)
    : { body: text, fields: {}, fault: undefined };
  if (fault !== undefined) {
    const detail = `the front matter is not YAML: ${fault}`;
    yield { place, reason: 'malformed-front-matter', detail, raw: bytes, damaged: true };
    return;
  }
  const title = titleOf(body);
  const content = options.strip ? stripMarkdown(body) : body.trim();
  if (content === '') return;
  const meta = { path: place, charset, content_type: options.strip ? 'text/plain' : 'text/markdown' };
  yield { id: place, text: content, meta: { ...meta, ...(title === undefined ? {} : { title }), ...fields } };
}
