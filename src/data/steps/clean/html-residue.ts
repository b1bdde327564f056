/**
 * What is left of markup in text that was extracted from web pages: tags, comments, scripts and styles, character
 * references (also escaped twice, `&amp;nbsp;`), BBCode; by option wiki and Markdown marks.
 * Origin: ftfy's unescape_html and data-juicer's clean_html_mapper; names of tags from the HTML standard, character
 * references from its list (npm package `entities`), only with their semicolon. Tags are removed where the name is one of
 * HTML's, so that `a < b`, `List<String>` and `<T>` stay. Text about HTML loses its examples: leave the step out there.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { removeMarkdown, removeWiki } from '../../text/markup.ts';
import { removeBbcode, removeTags } from '../../text/tags.ts';
import { changeFields, fieldsOption } from './fields.ts';

const config = z.strictObject({
  tags: z.boolean().default(true).describe('Remove HTML tags, comments, and scripts and styles with their content'),
  entities: z.boolean().default(true).describe('Decode character references such as `&nbsp;` and `&#8217;`'),
  escaped_tags: z.boolean().default(true).describe('Remove tags that decoding brings to light (`&lt;p&gt;`)'),
  code_lines: z.boolean().default(true).describe('Drop lines that are rests of JavaScript or CSS'),
  bbcode: z.boolean().default(true).describe('Remove `[b]`, `[url=…]` and the like'),
  wiki: z.boolean().default(false).describe('Remove MediaWiki marks: links, templates, headings, quotes'),
  markdown: z.boolean().default(false).describe('Remove Markdown marks: headings, emphasis, links, images, rules'),
  fields: fieldsOption,
});

export const htmlResidue = defineStep({
  name: 'html-residue',
  kind: 'clean',
  version: 2,
  config,
  describe: ({ fields }) => `Rests of markup removed from ${fields.join(', ')}`,
  async each(options, context) {
    const { decodeHTMLStrict } = await import('entities');
    return changeFields(options.fields, context, (text) => clean(text, options, decodeHTMLStrict));
  },
});

function clean(text: string, options: z.output<typeof config>, decode: (text: string) => string): string {
  let result = options.tags && text.includes('<') ? removeTags(text) : text;
  // Text is seldom escaped more than twice.
  for (let round = 0; options.entities && round < 3 && result.includes('&'); round++) {
    const decoded = decodeReferences(result, decode);
    if (decoded === result) break;
    result = options.tags && options.escaped_tags && decoded.includes('<') ? removeTags(decoded) : decoded;
  }
  if (options.code_lines && /[{}();]/.test(result)) result = dropCodeLines(result);
  if (options.bbcode && result.includes('[')) result = removeBbcode(result);
  if (options.wiki) result = removeWiki(result);
  if (options.markdown) result = removeMarkdown(result);
  return result;
}

const REFERENCE = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});/g;

function decodeReferences(text: string, decode: (text: string) => string): string {
  return text.replace(REFERENCE, (reference) => {
    const decoded = decode(reference);
    return decoded === '\u00a0' ? ' ' : decoded;
  });
}

/** Lines longer than this are no rests: they are not looked at, and no expression runs over them. */
const longestCodeLine = 2000;
const CODE =
  /^\s*(?:(?:var|let|const) [\w$]+ ?=|function ?[\w$]* ?\(|\$\(|jQuery\(|window\.[\w.]+ ?[=(]|document\.[\w.]+\(|\(function ?\(|@media[ (]|@import |@font-face|[.#][\w-]+(?:[ ,.#>:][\w-]+){0,8} ?\{|[\w.#-]+ ?\{ ?[\w-]+ ?:|\}\)?\(?[\w$]*\)?;?\s*$|[\w$.]+\([^()]{0,200}\);\s*$|[a-z-]+ ?: ?[^;{}]{1,60}(?:!important)? ?; ?\}?\s*$)/;

function dropCodeLines(text: string): string {
  const lines = text.split('\n');
  const kept = lines.filter((line) => line.length > longestCodeLine || !/[{}();]/.test(line) || !CODE.test(line));
  return kept.length === lines.length ? text : kept.join('\n');
}
