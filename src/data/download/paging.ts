/** How the pages of an API follow each other. Pure: says what to ask for next, given the last answer. */
import { z } from 'zod';
import { isRecord, valueAt } from '../records.ts';

const name = (text: string, standard: string) => z.string().default(standard).describe(text);

export const pagingField = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('none').describe('One page') }),
    z.strictObject({
      by: z.literal('page').describe('Numbered pages, until one is empty'),
      param: name('Query parameter of the page number', 'page'),
      start: z.int().default(1).describe('Number of the first page'),
      step: z.int().positive().default(1).describe('Added for each page'),
    }),
    z.strictObject({
      by: z.literal('offset').describe('Offset and limit, until a page has fewer records than the limit'),
      param: name('Query parameter of the offset', 'offset'),
      limit_param: name('Query parameter of the limit', 'limit'),
      limit: z.int().positive().default(100).describe('Records a page'),
      start: z.int().min(0).default(0).describe('First offset'),
    }),
    z.strictObject({
      by: z.literal('cursor').describe('The answer names the next page: a token, or a whole URL'),
      param: name('Query parameter of the token', 'cursor'),
      path: name('Where the token or URL lies in the answer: keys with dots between', 'next_cursor'),
    }),
    z.strictObject({
      by: z.literal('link').describe('The Link header names the next page (RFC 8288, as GitHub does)'),
    }),
  ])
  .default({ by: 'none' })
  .describe('How to get the next page: `none`, `page`, `offset`, `cursor` or `link`');
export type Paging = z.output<typeof pagingField>;

/** A page to ask for: parameters over those of the config, or another URL. */
export interface PageRequest {
  readonly url?: string;
  readonly params: Readonly<Record<string, string>>;
}

export function firstPage(paging: Paging): PageRequest {
  if (paging.by === 'page') return { params: { [paging.param]: String(paging.start) } };
  if (paging.by === 'offset') {
    return { params: { [paging.param]: String(paging.start), [paging.limit_param]: String(paging.limit) } };
  }
  return { params: {} };
}

export interface PageAnswer {
  /** Parsed; undefined where it is no JSON. */
  readonly body: unknown;
  readonly link: string | undefined;
  readonly records: number;
}

/** @returns undefined after the last page */
export function nextPage(paging: Paging, request: PageRequest, answer: PageAnswer): PageRequest | undefined {
  switch (paging.by) {
    case 'none':
      return undefined;
    case 'page': {
      if (answer.records === 0) return undefined;
      return { params: { [paging.param]: String(Number(request.params[paging.param]) + paging.step) } };
    }
    case 'offset': {
      if (answer.records < paging.limit) return undefined;
      const offset = Number(request.params[paging.param]) + answer.records;
      return { params: { ...request.params, [paging.param]: String(offset) } };
    }
    case 'cursor': {
      const cursor = isRecord(answer.body) ? valueAt(answer.body, paging.path) : undefined;
      if ((typeof cursor !== 'string' && typeof cursor !== 'number') || cursor === '') return undefined;
      const text = String(cursor);
      return /^https?:\/\//.test(text) ? { url: text, params: {} } : { params: { [paging.param]: text } };
    }
    case 'link': {
      const url = nextLink(answer.link);
      return url === undefined ? undefined : { url, params: {} };
    }
  }
}

/** The target of `rel="next"` in a Link header. */
export function nextLink(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(/,(?=\s*<)/)) {
    const [, url, parameters] = /^\s*<([^>]*)>(.*)$/s.exec(part) ?? [];
    if (url !== undefined && /;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters!)) return url;
  }
  return undefined;
}
