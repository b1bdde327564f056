/** Title, address, language, date, author and site of a page: from its meta tags, JSON-LD, microdata, `time` and `h1`. */
import { type ArticleData, readJsonLd } from './json-ld.ts';
import { attribute, type HtmlElement, lineText, rawText } from './tree.ts';

export interface PageMetadata {
  title?: string;
  /** The canonical address. */
  url?: string;
  /** As declared, in canonical BCP-47 form. */
  language?: string;
  /** YYYY-MM-DD, with the time where one is given. */
  date?: string;
  author?: string;
  site?: string;
}

export interface PageHead {
  readonly metadata: PageMetadata;
  /** The text of the article as JSON-LD gives it. */
  readonly body: string | undefined;
}

/** Longer values are cut. */
const maxValue = 1000;

interface Found {
  readonly meta: Map<string, string>;
  readonly items: Map<string, string>;
  readonly scripts: HtmlElement[];
  readonly headings: string[];
  title: string | undefined;
  canonical: string | undefined;
  language: string | undefined;
  time: string | undefined;
}

export function readMetadata(root: HtmlElement): PageHead {
  const found = collect(root);
  const data = readJsonLd(found.scripts);
  const meta = (...names: string[]) => names.map((name) => found.meta.get(name)).find((value) => value !== undefined);
  const site = meta('og:site_name', 'application-name') ?? data.site;
  const metadata: PageMetadata = {};
  const put = (key: keyof PageMetadata, value: string | undefined) => {
    const text = value?.replace(/\s+/g, ' ').trim().slice(0, 500);
    if (text !== undefined && text !== '') metadata[key] = text;
  };
  put('title', titleOf(found, data, site));
  put('url', addressOf(found.canonical) ?? addressOf(meta('og:url')));
  put('language', languageOf(found, data));
  put('date', dateOf(found, data));
  put('author', authorOf(found, data));
  put('site', site);
  return { metadata, body: data.body };
}

function collect(root: HtmlElement): Found {
  const found: Found = {
    meta: new Map(),
    items: new Map(),
    scripts: [],
    headings: [],
    title: undefined,
    canonical: undefined,
    language: undefined,
    time: undefined,
  };
  const visit = (element: HtmlElement): void => {
    note(element, found);
    for (const child of element.children) if (typeof child !== 'string') visit(child);
  };
  visit(root);
  return found;
}

function note(element: HtmlElement, found: Found): void {
  const { tag } = element;
  if (tag === 'meta') {
    const name = (
      attribute(element, 'property') ??
      attribute(element, 'name') ??
      attribute(element, 'http-equiv') ??
      attribute(element, 'itemprop')
    )?.toLowerCase();
    const content = attribute(element, 'content')?.slice(0, maxValue).trim();
    if (name !== undefined && content && !found.meta.has(name)) found.meta.set(name, content);
  } else if (tag === 'title') {
    if (element.parent?.tag !== 'svg') found.title ??= lineText(element).slice(0, maxValue) || undefined;
  } else if (tag === 'link') {
    if (attribute(element, 'rel')?.toLowerCase() === 'canonical') found.canonical ??= attribute(element, 'href');
  } else if (tag === 'script') {
    if (attribute(element, 'type')?.toLowerCase().startsWith('application/ld+json')) found.scripts.push(element);
  } else if (tag === 'html') found.language ??= attribute(element, 'lang') ?? attribute(element, 'xml:lang');
  else if (tag === 'h1') {
    if (found.headings.length < 20) found.headings.push(lineText(element).slice(0, maxValue));
  } else if (tag === 'time') found.time ??= isoDate(attribute(element, 'datetime') ?? '');
  if (element.attributes.length === 0) return;
  const item = attribute(element, 'itemprop') ?? (attribute(element, 'rel') === 'author' ? 'author' : undefined);
  if (item === undefined || found.items.has(item) || (item !== 'author' && item !== 'datePublished')) return;
  const value = attribute(element, 'content') ?? attribute(element, 'datetime') ?? rawText(element).slice(0, 200);
  if (value.trim() !== '') found.items.set(item, value);
}

/** The headline without the site's name. */
function titleOf(found: Found, data: ArticleData, site: string | undefined): string | undefined {
  const title =
    found.meta.get('og:title') ?? found.meta.get('twitter:title') ?? data.title ?? found.title ?? found.headings[0];
  if (title === undefined) return undefined;
  const heading = found.headings.find((one) => one.length > 5 && title.length > one.length && title.startsWith(one));
  if (heading !== undefined && /^\s*[-–—|:·»_]/.test(title.slice(heading.length))) return heading;
  if (site !== undefined && title.endsWith(site) && title.length > site.length + 3) {
    return title.slice(0, -site.length).replace(/\s*[-–—|:·»_]\s*$/, '');
  }
  return title;
}

function addressOf(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/\S+$/i.test(url.trim()) ? url.trim() : undefined;
}

function languageOf({ language, meta }: Found, data: ArticleData): string | undefined {
  for (const one of [language, meta.get('content-language'), meta.get('og:locale'), data.language]) {
    if (one === undefined) continue;
    const tag = one.split(/[,;]/)[0]!.trim().replaceAll('_', '-');
    try {
      const [canonical] = Intl.getCanonicalLocales(tag);
      if (canonical !== undefined && canonical !== 'und') return canonical;
    } catch {
      // Not a language tag: the next place may have one.
    }
  }
  return undefined;
}

const dateNames = [
  'article:published_time',
  'og:article:published_time',
  'datepublished',
  'date',
  'pubdate',
  'publishdate',
  'publish-date',
  'publish_date',
  'dc.date',
  'dc.date.issued',
  'dcterms.created',
  'dcterms.date',
  'sailthru.date',
  'parsely-pub-date',
  'article.published',
  'last-modified',
];

function dateOf({ meta, items, time }: Found, data: ArticleData): string | undefined {
  const given = [...dateNames.slice(0, 3).map((name) => meta.get(name)), data.date, items.get('datePublished')];
  for (const one of [...given, ...dateNames.slice(3).map((name) => meta.get(name)), time]) {
    const date = one === undefined ? undefined : isoDate(one);
    if (date !== undefined) return date;
  }
  return undefined;
}

/** Dates whose order of day and month is certain; others are not guessed. */
export function isoDate(text: string): string | undefined {
  const iso = /^\s*(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s?(Z|[+-]\d{2}:?\d{2})?)?/.exec(
    text,
  );
  const plain = iso ?? /(\d{4})\s?[年/.]\s?(\d{1,2})\s?[月/.]\s?(\d{1,2})/.exec(text.slice(0, 200));
  if (plain === null) return undefined;
  const [, year, month, day, clock, zone] = plain;
  const [m, d] = [Number(month), Number(day)];
  if (m < 1 || m > 12 || d < 1 || d > 31 || Number(year) < 1900) return undefined;
  const date = `${year}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
  return clock === undefined ? date : `${date}T${clock}${zone ?? ''}`;
}

function authorOf({ meta, items }: Found, data: ArticleData): string | undefined {
  for (const one of [
    meta.get('author'),
    meta.get('article:author'),
    meta.get('dc.creator'),
    meta.get('parsely-author'),
    data.author,
    items.get('author'),
  ]) {
    if (one !== undefined && one.length <= 200 && !/^(https?:|@|\s*$)/i.test(one)) return one.replace(/^\s*by\s+/i, '');
  }
  return undefined;
}
