/**
 * What an answer is worth: kept or not, and which links it has. Pure but for unpacking; knows no queue and no archive.
 */
import { AthanorError } from '../../core/index.ts';
import { decodeText } from '../charset/index.ts';
import { type Fields, fieldNamed } from '../warc/fields.ts';
import { decodeBody, parseContentType } from '../warc/http.ts';
import { encodeLegacyQuery } from './legacy-query.ts';
import { headerDirectives, LinkReader } from './links.ts';
import type { CrawlOptions } from './options.ts';
import { productOf } from './user-agent.ts';

export interface PageReading {
  /** Absolute or relative to `base`, as browsers would resolve them. */
  readonly links: readonly string[];
  readonly base: string;
  /** Why the page is not kept. */
  readonly dropped?: 'noindex' | 'ai-opt-out' | 'unpacks-too-large' | 'broken-coding';
  readonly detail?: string;
}

/** What of an answer is needed; the archive can give it too. */
export interface Answer {
  readonly url: string;
  readonly headers: Fields;
  readonly body: Buffer;
}

export function acceptsType(headers: Fields, types: readonly string[]): boolean {
  const { type } = parseContentType(fieldNamed(headers, 'content-type'));
  if (type === '') return true;
  return types.some(
    (wanted) => (wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted) || wanted === '*/*',
  );
}

/** Reads a page that was sent with a status of success. */
export async function readPage(answer: Answer, options: CrawlOptions): Promise<PageReading> {
  const agent = productOf(options.user_agent);
  const nothing = { links: [], base: answer.url };
  let body: Buffer;
  try {
    body = await decodeBody(answer.body, headersWithoutTransfer(answer.headers), options.max_unpacked_megabytes * 1e6);
  } catch (error) {
    if (!(error instanceof AthanorError) || error.code !== 'bad-file') throw error;
    return {
      ...nothing,
      dropped: error.values.reason === 'bomb' ? 'unpacks-too-large' : 'broken-coding',
      detail: error.message,
    };
  }
  const directives = headerDirectives(answer.headers, agent);
  const { type, charset } = parseContentType(fieldNamed(answer.headers, 'content-type'));
  let links: readonly string[] = [];
  let base = answer.url;
  if (isHtml(type, body)) {
    const page = decodeText(body, { declared: charset, html: true });
    const reader = await LinkReader.open(agent, options.follow_nofollow);
    reader.write(page.text);
    const found = reader.end();
    for (const key of ['noindex', 'nofollow', 'aiOptOut'] as const) directives[key] ||= found.directives[key];
    base = found.base === undefined ? answer.url : (resolve(found.base, answer.url) ?? answer.url);
    links = found.links.map((link) => encodeLegacyQuery(link, page.charset));
  }
  if (directives.nofollow && !options.follow_nofollow) links = [];
  const dropped =
    directives.noindex && options.noindex === 'drop'
      ? 'noindex'
      : directives.aiOptOut && options.ai_opt_out === 'drop'
        ? 'ai-opt-out'
        : undefined;
  return { links, base, ...(dropped ? { dropped } : {}) };
}

/** The client has undone chunks already. */
function headersWithoutTransfer(headers: Fields): Fields {
  return headers.filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
}

function isHtml(type: string, body: Buffer): boolean {
  if (type === 'text/html' || type === 'application/xhtml+xml') return true;
  return type === '' && /^\s*(<!doctype html|<html|<head|<body)/i.test(body.toString('latin1', 0, 512));
}

function resolve(link: string, base: string): string | undefined {
  try {
    return new URL(link, base).href;
  } catch {
    return undefined;
  }
}
