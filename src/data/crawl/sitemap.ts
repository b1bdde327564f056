/**
 * Sitemaps (sitemaps.org 0.9): `urlset`, `sitemapindex`, RSS and Atom links, or a text file of one URL a line. As
 * forgiving as htmlparser2 is.
 */

export interface SitemapContent {
  /** Pages, as they stand there. */
  readonly pages: string[];
  /** Further sitemaps. */
  readonly sitemaps: string[];
}

/** sitemaps.org: "no more than 50,000 URLs". */
const maxUrls = 50_000;

export async function readSitemap(text: string): Promise<SitemapContent> {
  const pages: string[] = [];
  const sitemaps: string[] = [];
  let inside: 'page' | 'sitemap' | undefined;
  let wanted: string | undefined;
  let value = '';
  const { Parser } = await import('htmlparser2');
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const local = name.slice(name.indexOf(':') + 1).toLowerCase();
        if (local === 'url' || local === 'item' || local === 'entry') inside = 'page';
        else if (local === 'sitemap') inside = 'sitemap';
        // image:loc and video:loc are no pages.
        else if (inside && (name.toLowerCase() === 'loc' || name.toLowerCase() === 'link')) {
          wanted = name;
          value = attributes.href ?? '';
        }
      },
      ontext(piece) {
        if (wanted !== undefined && value.length < 8192) value += piece;
      },
      onclosetag(name) {
        if (name !== wanted) return;
        wanted = undefined;
        const url = value.trim();
        if (url !== '' && pages.length + sitemaps.length < maxUrls) (inside === 'sitemap' ? sitemaps : pages).push(url);
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  const first = text.replace(/^\uFEFF/, '').trimStart();
  if (first.startsWith('<')) parser.end(first);
  else {
    for (const line of first.split(/\r\n|\n|\r/, maxUrls)) if (/^\s*https?:/i.test(line)) pages.push(line.trim());
  }
  return { pages, sitemaps };
}
