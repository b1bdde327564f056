/** HTML to text. Loads the parser: import it where it is used (`await import`). */
export { type Extracted, type ExtractOptions, extractContent, extractVisible } from './extract.ts';
export { metaOf } from './meta.ts';
export type { PageMetadata } from './metadata.ts';
export { parseHtml } from './parse.ts';
export { renderText, type TextFormat } from './render.ts';
