/** A page's main text and metadata. Imports the parser: bring it in where it is used (`await import`). */
import { findContent } from './content.ts';
import { isHidden } from './hints.ts';
import { type PageMetadata, readMetadata } from './metadata.ts';
import { parseHtml } from './parse.ts';
import { renderText, type TextFormat } from './render.ts';

export interface ExtractOptions {
  readonly format?: TextFormat;
  readonly maxNodes?: number;
}

export interface Extracted {
  /** Empty where the page has no main text. */
  readonly text: string;
  readonly metadata: PageMetadata;
  /** The page has more than `maxNodes` nodes: only its beginning was looked at. */
  readonly truncated: boolean;
}

export function extractContent(html: string, { format = 'text', maxNodes }: ExtractOptions = {}): Extracted {
  const { root, truncated } = parseHtml(html, maxNodes);
  const { metadata, body } = readMetadata(root);
  const { element, removed } = findContent(root, { title: metadata.title });
  let text = renderText(element, { format, skip: (one) => removed.has(one) });
  // Pages that are drawn by script carry their text for search engines only.
  if (body !== undefined && body.length > 300 && text.length < body.length * 0.5) text = fromJsonLd(body, format);
  return { text, metadata, truncated };
}

/** All text that a reader of the page sees, menus and all. */
export function extractVisible(html: string, { format = 'text', maxNodes }: ExtractOptions = {}): Extracted {
  const { root, truncated } = parseHtml(html, maxNodes);
  return { text: renderText(root, { format, skip: isHidden }), metadata: readMetadata(root).metadata, truncated };
}

function fromJsonLd(body: string, format: TextFormat): string {
  if (/<(?:p|br|div)\b/i.test(body)) return renderText(parseHtml(body).root, { format });
  return body
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
