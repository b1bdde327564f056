/**
 * Markdown files (`.md`, `.markdown`, `.mdx`, also `.gz`), one document a file. Front matter (YAML between `---` lines)
 * goes to meta: `lang` as `language`, `license` as `licence`, dates as text, the rest by their names. The title is that of
 * the front matter, else the first heading. `strip` makes plain text of the Markdown.
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
  strip: z.boolean().default(false).describe('Make plain text: marks, link targets, images and HTML tags are removed'),
  front_matter: z.boolean().default(true).describe('Take front matter out of the text and into meta'),
  max_document_bytes: z
    .int()
    .positive()
    .default(128 << 20)
    .describe('A longer file is bad input, in bytes'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

const endings = /\.(?:md|markdown|mdx|mkd)$/i;

export const markdown = defineSource({
  name: 'markdown',
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
  const { decodeText } = await import('../charset/index.ts');
  const { readFrontMatter } = await import('../markdown/front-matter.ts');
  const { stripMarkdown, titleOf } = await import('../markdown/strip.ts');
  const { text, charset } = decodeText(bytes);
  const { body, fields, fault } = options.front_matter
    ? readFrontMatter(text)
    : { body: text, fields: {}, fault: undefined };
  if (fault !== undefined) {
    const detail = `the front matter is not YAML: ${fault}`;
    handleBadInput(
      { place: file.name, reason: 'malformed-front-matter', detail, raw: bytes, damaged: true },
      options.on_error,
      context,
    );
    return;
  }
  const title = titleOf(body);
  const content = options.strip ? stripMarkdown(body) : body.trim();
  if (content === '') return;
  const meta = { path: file.name, charset, content_type: options.strip ? 'text/plain' : 'text/markdown' };
  yield { id: file.name, text: content, meta: { ...meta, ...(title === undefined ? {} : { title }), ...fields } };
}
