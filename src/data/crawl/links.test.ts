import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from './address.ts';
import { retryAfterMs } from './fetcher.ts';
import { headerDirectives, LinkReader } from './links.ts';
import { crawlSchema } from './options.ts';
import { acceptsType, readPage } from './page.ts';
import { readSitemap } from './sitemap.ts';

const read = async (html: string, followAll = false) => {
  const reader = await LinkReader.open('athanor', followAll);
  // In small pieces: a tag may be cut anywhere.
  for (let i = 0; i < html.length; i += 7) reader.write(html.slice(i, i + 7));
  return reader.end();
};

describe('LinkReader', () => {
  it('finds links wherever browsers do', async () => {
    const page = await read(`<!doctype html><base href="/base/"><base href="/second/">
      <link rel="canonical" href="/canonical"><link rel=stylesheet href=/style.css>
      <meta http-equiv=refresh content="5; URL='/refreshed'">
      <a href=" a?x=1&amp;y=2 ">a</a><A HREF=/b>b</a><a name=x>no</a><a href="#here">no</a><a href="">no</a>
      <map><area href='/area'></map><iframe src=/frame></iframe>
      <a rel="external nofollow" href="/no">no</a><!-- <a href="/comment"> --><script>"<a href='/script'>"</script>
      <a href="/b">twice</a><a href="/页面?词=值">中</a>`);
    expect(page.links).toEqual(['/canonical', '/refreshed', 'a?x=1&y=2', '/b', '/area', '/frame', '/页面?词=值']);
    expect(page.base).toBe('/base/');
    expect((await read('<a rel=nofollow href=/x>', true)).links).toEqual(['/x']);
  });

  it('reads what robots may do', async () => {
    expect((await read('<META NAME="Robots" CONTENT="NoIndex, follow">')).directives).toEqual({
      noindex: true,
      nofollow: false,
      aiOptOut: false,
    });
    expect((await read('<meta name=robots content=none>')).directives).toMatchObject({ noindex: true, nofollow: true });
    expect(
      (await read('<meta name=athanor content=nofollow><meta name=googlebot content=noindex>')).directives,
    ).toMatchObject({ noindex: false, nofollow: true });
    expect((await read('<meta name=robots content="noai, noimageai">')).directives.aiOptOut).toBe(true);
    expect((await read('<meta name="tdm-reservation" content="1">')).directives.aiOptOut).toBe(true);
  });

  it('reads X-Robots-Tag, also for one crawler', () => {
    const of = (...values: string[]) =>
      headerDirectives(
        values.map((value) => ['X-Robots-Tag', value] as const),
        'athanor',
      );
    expect(of('noindex', 'nofollow')).toEqual({ noindex: true, nofollow: true, aiOptOut: false });
    expect(of('googlebot: noindex')).toMatchObject({ noindex: false });
    expect(of('Athanor: noindex, nofollow')).toMatchObject({ noindex: true, nofollow: true });
    expect(of('unavailable_after: 25 Jun 2030 15:00:00 PST')).toMatchObject({ noindex: false });
    expect(of('max-snippet: -1, noai')).toMatchObject({ aiOptOut: true });
  });

  it('takes linear time on hostile pages', async () => {
    const start = performance.now();
    for (const text of [
      '<',
      '<a ',
      '<a href="',
      '&',
      '<!--',
      '<a href=x>',
      '</',
      '<![CDATA[',
      '<meta content="',
      '"',
      '<base href=',
    ]) {
      const reader = await LinkReader.open('athanor');
      const piece = text.repeat(Math.floor(65536 / text.length));
      for (let i = 0; i < 16; i++) reader.write(piece);
      expect(reader.end().links.length).toBeLessThanOrEqual(10_000);
    }
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe('readPage', () => {
  const options = crawlSchema.parse({ name: 'x', contact: 'a@b.example', seeds: ['http://a.example/'] });
  const page = (html: Buffer, type = 'text/html', more: [string, string][] = []) =>
    readPage({ url: 'http://a.example/dir/', headers: [['Content-Type', type], ...more], body: html }, options);

  it('reads links of a page in GBK with the query in its own bytes', async () => {
    const html = Buffer.concat([
      Buffer.from('<meta charset=gbk><a href="/s?q='),
      Buffer.from([0xd6, 0xd0]),
      Buffer.from('">'),
    ]);
    expect(await page(html)).toMatchObject({ links: ['/s?q=%D6%D0'], base: 'http://a.example/dir/' });
  });

  it('drops pages that do not want to be kept, and says why', async () => {
    expect(await page(Buffer.from('<meta name=robots content=noindex><a href=/x>'))).toMatchObject({
      dropped: 'noindex',
      links: ['/x'],
    });
    expect(await page(Buffer.from('<a href=/x>'), 'text/html', [['X-Robots-Tag', 'noai, nofollow']])).toMatchObject({
      dropped: 'ai-opt-out',
      links: [],
    });
    expect(await page(Buffer.from('x'), 'text/plain', [['tdm-reservation', '1']])).toMatchObject({
      dropped: 'ai-opt-out',
    });
  });

  it('knows types', () => {
    const types = ['text/*', 'application/pdf'];
    expect(acceptsType([['content-type', 'Text/HTML; charset=x']], types)).toBe(true);
    expect(acceptsType([['content-type', 'application/pdf']], types)).toBe(true);
    expect(acceptsType([['content-type', 'image/png']], types)).toBe(false);
    expect(acceptsType([], types)).toBe(true);
  });
});

describe('readSitemap', () => {
  const of = readSitemap;

  it('reads sets, indexes, feeds and lists', async () => {
    const set = `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x">
      <url><loc> http://a.example/1?x=1&amp;y=2 </loc><lastmod>2024</lastmod><image:image><image:loc>http://a.example/i.png</image:loc></image:image></url>
      <url><loc><![CDATA[http://a.example/2]]></loc></url></urlset>`;
    expect(await of(set)).toEqual({ pages: ['http://a.example/1?x=1&y=2', 'http://a.example/2'], sitemaps: [] });
    expect(await of('<sitemapindex><sitemap><loc>http://a.example/s.xml</loc></sitemap></sitemapindex>')).toEqual({
      pages: [],
      sitemaps: ['http://a.example/s.xml'],
    });
    expect(
      await of(
        '<rss><channel><link>http://a.example/</link><item><link>http://a.example/3</link></item></channel></rss>',
      ),
    ).toMatchObject({ pages: ['http://a.example/3'] });
    expect(await of('<feed><entry><link href="http://a.example/4"/></entry></feed>')).toMatchObject({
      pages: ['http://a.example/4'],
    });
    expect(await of('\ufeffhttp://a.example/5\r\nnonsense\nhttp://a.example/6')).toMatchObject({
      pages: ['http://a.example/5', 'http://a.example/6'],
    });
    expect(await of('')).toEqual({ pages: [], sitemaps: [] });
    expect(await of('<urlset><url><loc>http://a.example/cut')).toMatchObject({ sitemaps: [] });
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.31.0.1', true],
    ['192.168.1.1', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['0.0.0.0', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['198.18.0.1', true],
    ['::1', true],
    ['::', true],
    ['fe80::1', true],
    ['fc00::1', true],
    ['::ffff:127.0.0.1', true],
    ['::127.0.0.1', true],
    ['64:ff9b::7f00:1', true],
    ['2002:7f00:1::', true],
    ['8.8.8.8', false],
    ['2606:4700:4700::1111', false],
    ['example.org', false],
  ])('%s is private: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

describe('retryAfterMs', () => {
  it('reads seconds and dates', () => {
    const now = new Date('2024-01-01T00:00:00Z');
    expect(retryAfterMs([['Retry-After', '120']], now)).toBe(120_000);
    expect(retryAfterMs([['retry-after', 'Mon, 01 Jan 2024 00:01:00 GMT']], now)).toBe(60_000);
    expect(retryAfterMs([['retry-after', 'Mon, 01 Jan 2020 00:01:00 GMT']], now)).toBe(0);
    expect(retryAfterMs([['retry-after', 'soon']], now)).toBeUndefined();
    expect(retryAfterMs([], now)).toBeUndefined();
  });
});
