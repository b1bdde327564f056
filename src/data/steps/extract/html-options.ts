/** Shared by the steps that make text of HTML. */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import type { EachDocument, StepContext } from '../../step.ts';

export const htmlFields = {
  format: z
    .enum(['text', 'markdown'])
    .default('text')
    .describe('Form of the result: plain text, or Markdown that also marks headings, lists, quotes, code and tables'),
  metadata: z
    .boolean()
    .default(true)
    .describe('Also take title, canonical url, language, date, author and site from the page where meta lacks them'),
  max_nodes: z
    .int()
    .min(100)
    .default(500_000)
    .describe('Pages with more elements and texts than this are dropped (a node takes about 1 KB of memory at work)'),
};

export interface HtmlOptions {
  readonly format: 'text' | 'markdown';
  readonly metadata: boolean;
  readonly max_nodes: number;
}

type Extract = typeof import('../../html/index.ts').extractContent;

/** Documents that say they are something else than HTML are let through as they are. */
export function isHtml({ meta }: Document): boolean {
  const type = meta.content_type;
  return typeof type !== 'string' || type === '' || /html|xml/i.test(type);
}

export function eachPage(
  options: HtmlOptions,
  context: StepContext,
  extract: Extract,
  metaOf: typeof import('../../html/index.ts').metaOf,
  emptyReason: string,
): EachDocument {
  return (document) => {
    if (!isHtml(document)) {
      context.count('not-html');
      return document;
    }
    const { text, metadata, truncated } = extract(document.text, {
      format: options.format,
      maxNodes: options.max_nodes,
    });
    if (truncated) {
      context.drop(document, 'too-many-nodes', `the page has more than ${options.max_nodes} elements and texts`);
      return undefined;
    }
    if (text === '') {
      context.drop(document, emptyReason, `${document.text.length} characters of HTML hold no such text`);
      return undefined;
    }
    return { ...document, text, meta: options.metadata ? metaOf(metadata, document.meta) : document.meta };
  };
}
