/** What a page says about its article in JSON-LD (schema.org). Whatever is malformed counts as not said. */
import { type HtmlElement, rawText } from './tree.ts';

export interface ArticleData {
  title?: string;
  author?: string;
  date?: string;
  language?: string;
  site?: string;
  /** The whole text, where the page gives it for search engines. */
  body?: string;
}

const articleTypes = /(?:Article|BlogPosting|Report|NewsStory|Review|Recipe|DiscussionForumPosting|WebPage)$/;
const maxObjects = 2000;

/** Reads the scripts; of several articles, the first that is no mere page. */
export function readJsonLd(scripts: readonly HtmlElement[]): ArticleData {
  const found: ArticleData = {};
  let pages: ArticleData = {};
  for (const script of scripts) {
    for (const object of objectsOf(rawText(script))) {
      const type = [object['@type']].flat().find((one): one is string => typeof one === 'string');
      if (type === undefined || !articleTypes.test(type)) continue;
      const data = readArticle(object);
      if (type === 'WebPage') pages = { ...data, ...pages };
      else for (const [key, value] of Object.entries(data)) found[key as keyof ArticleData] ??= value;
    }
  }
  return { ...pages, ...found };
}

function readArticle(object: Record<string, unknown>): ArticleData {
  const data: ArticleData = {};
  const put = (key: keyof ArticleData, value: string | undefined) => {
    if (value !== undefined) data[key] = value;
  };
  put('title', (textOf(object.headline) ?? textOf(object.name))?.slice(0, 1000));
  put('author', nameOf(object.author));
  put('date', textOf(object.datePublished) ?? textOf(object.dateCreated));
  put('language', textOf(object.inLanguage));
  put('site', nameOf(object.publisher));
  put('body', textOf(object.articleBody));
  return data;
}

function* objectsOf(text: string): Generator<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.trim().replace(/^<!--|-->$/g, ''));
  } catch {
    try {
      // Raw line ends and tabs inside strings are the commonest fault.
      parsed = JSON.parse(text.replace(/\p{Cc}+/gu, ' ').replace(/;\s{0,99}$/, ''));
    } catch {
      return;
    }
  }
  const queue: unknown[] = [parsed];
  for (let i = 0; i < queue.length && i < maxObjects; i++) {
    const one = queue[i];
    if (Array.isArray(one)) queue.push(...one.slice(0, maxObjects));
    else if (typeof one === 'object' && one !== null) {
      const object = one as Record<string, unknown>;
      yield object;
      for (const key of ['@graph', 'mainEntity', 'mainEntityOfPage', 'itemListElement'])
        if (key in object) queue.push(object[key]);
    }
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return textOf((value as Record<string, unknown>)['@value']);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function nameOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const names = value
      .slice(0, 20)
      .map(nameOf)
      .filter((name) => name !== undefined);
    return names.length === 0 ? undefined : names.join(', ');
  }
  if (typeof value === 'object' && value !== null) return textOf((value as Record<string, unknown>).name);
  return textOf(value);
}
