/**
 * What a page says to a crawler: its links, its base, and what robots may do with it. htmlparser2 reads the page as it
 * comes, without a tree; time and memory are linear in it. Knows no crawl.
 */
import type { Parser } from 'htmlparser2';
import { type Fields, fieldNamed } from '../warc/fields.ts';

/** What robots may do with a page (meta robots, X-Robots-Tag, TDM Reservation Protocol). */
export interface RobotsDirectives {
  noindex: boolean;
  nofollow: boolean;
  /** `noai`, or `tdm-reservation: 1` (W3C TDMRep): not to be learned from. */
  aiOptOut: boolean;
}

export interface PageLinks {
  /** As they stand in the page, each once. */
  readonly links: string[];
  /** The first `<base href>`. */
  readonly base: string | undefined;
  readonly directives: RobotsDirectives;
}

/** More links than this on one page are a list for machines. */
const maxLinks = 10_000;
const maxLinkLength = 8_192;

/** Reads one page. @param agent our product token: `<meta name="agent">` counts like `robots` */
export class LinkReader {
  private readonly parser: Parser;
  private readonly links = new Set<string>();
  private readonly agent: string;
  private readonly followAll: boolean;
  private base: string | undefined;
  private readonly directives: RobotsDirectives = { noindex: false, nofollow: false, aiOptOut: false };

  static async open(agent: string, followAll = false): Promise<LinkReader> {
    return new LinkReader(await import('htmlparser2'), agent, followAll);
  }

  private constructor(htmlparser2: typeof import('htmlparser2'), agent: string, followAll: boolean) {
    this.agent = agent.toLowerCase();
    this.followAll = followAll;
    this.parser = new htmlparser2.Parser(
      { onopentag: (name, attributes) => this.take(name, attributes) },
      { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
    );
  }

  write(text: string): void {
    this.parser.write(text);
  }

  end(): PageLinks {
    this.parser.end();
    return { links: [...this.links], base: this.base, directives: this.directives };
  }

  private take(name: string, attributes: Readonly<Record<string, string>>): void {
    const rel = (attributes.rel ?? '').toLowerCase().split(/\s+/);
    if (name === 'a' || name === 'area') {
      if (this.followAll || !rel.includes('nofollow')) this.add(attributes.href);
    } else if (name === 'link') {
      if (rel.some((kind) => ['canonical', 'next', 'prev'].includes(kind))) this.add(attributes.href);
    } else if (name === 'iframe' || name === 'frame') this.add(attributes.src);
    else if (name === 'base') this.base ??= attributes.href;
    else if (name === 'meta') this.takeMeta(attributes);
  }

  private takeMeta(attributes: Readonly<Record<string, string>>): void {
    const content = attributes.content ?? '';
    if (attributes['http-equiv']?.toLowerCase() === 'refresh') this.add(refreshTarget(content));
    const name = attributes.name?.toLowerCase();
    if (name === 'robots' || name === this.agent) takeDirectives(content, this.directives);
    if (name === 'tdm-reservation' && content.trim() === '1') this.directives.aiOptOut = true;
  }

  private add(link: string | undefined): void {
    if (link === undefined || link.length > maxLinkLength || this.links.size >= maxLinks) return;
    // HTML §2.5.1: a URL in an attribute is stripped of white space around it.
    const trimmed = link.trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) this.links.add(trimmed);
  }
}

/** `5; url=/x`, `5, "/x"`, `0;/x` (HTML §4.2.5.3). */
function refreshTarget(content: string): string | undefined {
  const end = content.slice(0, maxLinkLength).search(/[;,]/);
  if (end < 0) return undefined;
  const target = content
    .slice(end + 1, maxLinkLength)
    .trim()
    .replace(/^url\s*=\s*/i, '');
  const quote = target[0];
  return quote === '"' || quote === "'" ? target.slice(1).split(quote, 1)[0] : target;
}

/** `X-Robots-Tag` (also several, also for one crawler: `athanor: noindex`) and `TDM-Reservation`. */
export function headerDirectives(headers: Fields, agent: string): RobotsDirectives {
  const found: RobotsDirectives = {
    noindex: false,
    nofollow: false,
    aiOptOut: fieldNamed(headers, 'tdm-reservation')?.trim() === '1',
  };
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'x-robots-tag') continue;
    const [, whose, rest] = /^\s*([a-z_-]+)\s*:(.*)$/is.exec(value) ?? [];
    if (whose === undefined || whose.toLowerCase() === agent.toLowerCase()) takeDirectives(rest ?? value, found);
    else if (/^(unavailable_after|max-[a-z-]+)$/i.test(whose)) takeDirectives(value, found);
  }
  return found;
}

function takeDirectives(content: string, into: RobotsDirectives): void {
  for (const word of content.toLowerCase().split(/[\s,;]+/)) {
    if (word === 'noindex' || word === 'none') into.noindex = true;
    if (word === 'nofollow' || word === 'none') into.nofollow = true;
    if (word === 'noai') into.aiOptOut = true;
  }
}
