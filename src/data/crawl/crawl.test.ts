import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrawlFolder } from './testing/run.ts';
import { html, linksTo, type Route, Site } from './testing/site.ts';

let sites: Site[] = [];
let folder: CrawlFolder;
beforeEach(() => {
  folder = new CrawlFolder();
});
afterEach(async () => {
  folder.remove();
  await Promise.all(sites.map((site) => site.close()));
  sites = [];
});
const start = async (routes: Readonly<Record<string, Route>>): Promise<Site> => {
  const site = await Site.start(routes);
  sites.push(site);
  return site;
};

describe('a crawl', () => {
  it('follows links to the depth, each page once, and archives them', async () => {
    const site = await start({
      '/': linksTo(
        '/a',
        '/b',
        '/a#x',
        './b?utm_source=x',
        'http://elsewhere.test/',
        'mailto:x@y.example',
        'javascript:void(0)',
      ),
      '/a': linksTo('/', '/c', '/中文'),
      '/b': linksTo('/a', '/c'),
      '/c': linksTo('/d'),
      '/%E4%B8%AD%E6%96%87': 'Chinese 中文',
      '/d': linksTo('/e'),
    });
    const report = await folder.run({ seeds: [site.url('/')], max_depth: 2 });
    expect(site.paths).toEqual(['/', '/a', '/b', '/c', '/%E4%B8%AD%E6%96%87']);
    expect(await folder.kept()).toEqual(site.paths);
    expect(report).toMatchObject({
      ended: 'finished',
      pages: 5,
      urls: 5,
      waiting: 0,
      statuses: { 200: 5 },
      errors: {},
      runs: 1,
    });
    expect(report.skipped).toEqual({ duplicate: 5, 'other-host': 1, scheme: 2, 'too-deep': 1 });
    expect(site.visits[1]!.headers['user-agent']).toMatch(
      /^athanor\/\d+\.\d+\.\d+ \(\+https:\/\/example\.org\/crawler\)$/,
    );
    const records = await folder.records();
    expect(records.map(({ type }) => type).slice(0, 3)).toEqual(['warcinfo', 'request', 'response']);
    expect(records[2]!.body.toString()).toContain('mailto:x@y.example');
    expect(records[1]!.body.toString()).toMatch(/^GET \/ HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    expect(records[2]!.field('WARC-IP-Address')).toBe('127.0.0.1');
    expect(records[2]!.field('WARC-Concurrent-To')).toBe(records[1]!.field('WARC-Record-ID'));
  });

  it('does nothing when asked again, and takes more seeds and higher limits', async () => {
    const site = await start({ '/': linksTo('/1', '/2', '/3'), '*': 'page' });
    expect(await folder.run({ seeds: [site.url('/')], max_pages: 2 })).toMatchObject({
      ended: 'max-pages',
      pages: 2,
      waiting: 2,
    });
    expect(await folder.run({ seeds: [site.url('/')], max_pages: 3 })).toMatchObject({
      ended: 'max-pages',
      pages: 3,
      waiting: 1,
      runs: 2,
    });
    expect(await folder.run({ seeds: [site.url('/')] })).toMatchObject({ ended: 'finished', pages: 4 });
    expect(await folder.run({ seeds: [site.url('/')] })).toMatchObject({ ended: 'finished', pages: 4, runs: 3 });
    expect(await folder.run({ seeds: [site.url('/'), site.url('/more')] })).toMatchObject({ pages: 5, runs: 4 });
    expect(site.paths).toEqual(['/', '/1', '/2', '/3', '/more']);
    await expect(folder.run({ seeds: [site.url('/')], max_depth: 9 })).rejects.toThrow(/other rules: max_depth/);
  });

  it('obeys robots.txt, also on redirects, and keeps the pause', async () => {
    const site = await start({
      '/robots.txt': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.end('User-agent: *\nDisallow: /secret\nDisallow: /*.php$\nAllow: /secret/open\nCrawl-delay: 0.08\n');
      },
      '/': linksTo('/secret', '/secret/open', '/x.php', '/x.php?ok', '/hop'),
      '/hop': (_, response) => response.writeHead(302, { location: '/secret/target' }).end(),
      '*': 'page',
    });
    const report = await folder.run({ seeds: [site.url('/')] });
    expect(site.paths).toEqual(['/', '/secret/open', '/x.php?ok', '/hop']);
    expect(report.errors).toEqual({ 'robots-disallowed': 3 });
    expect(Math.min(...site.gaps)).toBeGreaterThanOrEqual(79);
    expect(site.maxActive).toBe(1);
  });

  it.each([
    ['404', (response) => response.writeHead(404).end('no'), 2],
    ['403', (response) => response.writeHead(403).end('no'), 2],
    ['500', (response) => response.writeHead(500).end('ill'), 0],
    ['429', (response) => response.writeHead(429).end('slow'), 0],
    ['hanging', () => {}, 0],
    ['cut off', (response) => void response.write('User-agent: *\n', () => response.destroy()), 0],
    ['huge', (response) => response.end(`User-agent: *\nDisallow: /1\n${'#'.repeat(2e6)}\nDisallow: /`), 1],
    ['redirected', (response) => response.writeHead(301, { location: '/other-robots' }).end(), 1],
    ['redirecting without end', (response) => response.writeHead(301, { location: '/robots.txt' }).end(), 2],
    ['with a mark', (response) => response.end('\ufeffUser-agent: athanor\ndisallow: /1'), 1],
  ] as [string, (response: Parameters<Exclude<Route, string>>[1]) => void, number][])(
    'robots.txt that is %s',
    async (_, robots, pages) => {
      const site = await start({
        '/robots.txt': (_request, response) => robots(response),
        '/other-robots': (_request, response) => void response.end('User-agent: *\nDisallow: /1'),
        '/': linksTo('/1'),
        '/1': 'page',
      });
      const report = await folder.run({ seeds: [site.url('/')], max_retries: 1, first_byte_timeout_seconds: 0.2 });
      expect(report.pages).toBe(pages);
      if (pages === 0) expect(report.errors).toEqual({ 'robots-unreachable': 1 });
    },
  );

  it('leaves out a host that asks for too long a pause, at once', async () => {
    const site = await start({
      '/robots.txt': (_, response) => response.end('user-agent: *\ncrawl-delay: 86400'),
      '/': linksTo('/a'),
    });
    const seeds = [site.url('/'), site.url('/b')];
    // Without the mend the crawl waits for a day until it refuses the second page.
    const report = await folder.run({ seeds, max_minutes: 0.05 });
    expect(report).toMatchObject({ ended: 'finished', pages: 0, errors: { 'crawl-delay-too-long': 2 } });
    expect(site.paths).toEqual([]);
  });

  it('asks again when robots.txt was ill for a moment', async () => {
    const site = await start({
      '/robots.txt': (_, response, visit) =>
        void (visit === 1 ? response.writeHead(503).end() : response.end('User-agent: *\nDisallow: /x')),
      '/': linksTo('/x', '/y'),
      '*': 'page',
    });
    expect(await folder.run({ seeds: [site.url('/')] })).toMatchObject({
      pages: 2,
      errors: { 'robots-disallowed': 1 },
    });
  });

  it('retries with growing pauses, and honours Retry-After', async () => {
    const site = await start({
      '/': linksTo('/503', '/429', '/500', '/gone', '/later'),
      '/503': (_, response, visit) =>
        void (visit < 3 ? response.writeHead(503, { 'retry-after': '1' }).end() : html(response, 'back')),
      '/429': (_, response, visit) => void (visit < 2 ? response.writeHead(429).end() : html(response, 'slower')),
      '/500': (_, response) => void response.writeHead(500, { 'content-type': 'text/html' }).end('ill'),
      '/gone': (_, response) => void response.writeHead(410, { 'content-type': 'text/html' }).end('gone'),
      '/later': (_, response) => void response.writeHead(503, { 'retry-after': '99999' }).end(),
    });
    const report = await folder.run({ seeds: [site.url('/')], max_retries: 2, backoff_seconds: 0.05 });
    const times = (path: string) => site.visits.filter((visit) => visit.path === path).map(({ at }) => at);
    const [a, b, c] = times('/503');
    expect(b! - a!).toBeGreaterThanOrEqual(995);
    expect(c! - b!).toBeGreaterThanOrEqual(995);
    expect(times('/429')).toHaveLength(2);
    const [x, y, z] = times('/500');
    expect(y! - x!).toBeGreaterThanOrEqual(36);
    expect(z! - y!).toBeGreaterThanOrEqual(74);
    expect(times('/later')).toHaveLength(1);
    expect(report).toMatchObject({ statuses: { 200: 3, 410: 1, 500: 1, 503: 1 }, retries: 5, errors: {} });
  });

  it('stops at redirects that lead nowhere, in circles, away, or on and on', async () => {
    const to =
      (location: string): Route =>
      (_, response) =>
        void response.writeHead(301, { location }).end();
    const site = await start({
      '/': linksTo('/self', '/ping', '/away', '/r/1', '/nowhere', '/scheme', '/fine', '/umlaut'),
      '/self': to('/self'),
      '/ping': to('/pong'),
      '/pong': to('/ping#again'),
      '/away': to('http://elsewhere.test/'),
      '/nowhere': (_, response) => void response.writeHead(302).end(),
      '/scheme': to('file:///etc/passwd'),
      '/fine': to('/target'),
      '/umlaut': to(Buffer.from('/größe').toString('latin1')),
      '*': (request, response) => {
        const hop = /^\/r\/(\d+)$/.exec(request.url!)?.[1];
        if (hop) response.writeHead(307, { location: `/r/${Number(hop) + 1}` }).end();
        else html(response, 'page');
      },
    });
    const report = await folder.run({ seeds: [site.url('/')], max_redirects: 3 });
    expect(report.skipped).toEqual({
      'other-host': 1,
      'redirect-loop': 2,
      'redirect-nowhere': 1,
      scheme: 1,
      'too-many-redirects': 1,
    });
    expect(site.paths.filter((path) => path.startsWith('/r/'))).toEqual(['/r/1', '/r/2', '/r/3', '/r/4']);
    expect(site.paths).toContain('/target');
    expect(site.paths).toContain('/gr%C3%B6%C3%9Fe');
  });

  it('keeps noindex pages out and follows no nofollow', async () => {
    const site = await start({
      '/': linksTo('/noindex', '/nofollow', '/header', '/noai'),
      '/noindex': `<meta name=robots content=noindex>${linksTo('/through')}`,
      '/nofollow': `<meta name=robots content=nofollow>${linksTo('/hidden')}`,
      '/header': (_, response) => html(response, linksTo('/hidden'), { 'x-robots-tag': 'none' }),
      '/noai': (_, response) => html(response, 'art', { 'x-robots-tag': 'noai' }),
      '*': 'page',
    });
    const report = await folder.run({ seeds: [site.url('/')] });
    expect(await folder.kept()).toEqual(['/', '/nofollow', '/through']);
    expect(report.errors).toEqual({ noindex: 2, 'ai-opt-out': 1 });
  });

  it('gets out of an infinite calendar', async () => {
    const site = await start({
      '*': (request, response) => {
        const month = Number(/(\d+)$/.exec(request.url!)?.[1] ?? 0);
        html(response, linksTo(`/month/${month + 1}`, '/about', `deeper/${'x/'.repeat(month % 3)}`));
      },
    });
    const report = await folder.run({
      seeds: [site.url('/')],
      max_depth: 1000,
      max_same_shape: 20,
      max_path_segments: 5,
    });
    expect(report.ended).toBe('finished');
    expect(site.paths.filter((path) => path.startsWith('/month/')).length).toBeLessThan(60);
    expect(report.skipped['same-shape']).toBeGreaterThan(0);
  });

  it('reads sitemaps, indexes and packed ones', async () => {
    const { gzipSync } = await import('node:zlib');
    const site = await start({
      '/robots.txt': (_, response) =>
        void response.end(`Sitemap: http://127.0.0.1:${site.port}/more.txt\nSitemap: http://elsewhere.test/s.xml`),
      '/index.xml': (_, response) =>
        void response.end(
          `<sitemapindex><sitemap><loc>${site.url('/a.xml.gz')}</loc></sitemap><sitemap><loc>/broken.xml.gz</loc></sitemap></sitemapindex>`,
        ),
      '/a.xml.gz': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/gzip' });
        response.end(
          gzipSync(
            `<urlset><url><loc>${site.url('/1')}</loc></url><url><loc>http://elsewhere.test/</loc></url></urlset>`,
          ),
        );
      },
      '/broken.xml.gz': (_, response) =>
        void response.end(Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(50, 255)])),
      '/more.txt': (_, response) => void response.end(`${site.url('/2')}\n${site.url('/1')}\n`),
      '*': (request, response) => html(response, request.url!),
    });
    const report = await folder.run({ sitemaps: [site.url('/index.xml')], robots_sitemaps: true });
    expect((await folder.kept()).sort()).toEqual(['/1', '/2']);
    expect(report).toMatchObject({ pages: 2, errors: { sitemap: 1 } });
  });

  it('asks several hosts at once, each one politely', async () => {
    const pages = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`/${i}`, `page ${i}`]));
    const slow: Route = (request, response) => void setTimeout(() => html(response, request.url!), 20);
    const routes = { '/': linksTo(...Object.keys(pages)), '*': slow };
    const [a, b, c] = [await start(routes), await start(routes), await start(routes)];
    const report = await folder.run({ seeds: [a, b, c].map((site) => site.url('/')), delay_seconds: 0.06 });
    expect(report.pages).toBe(18);
    for (const site of [a, b, c]) {
      expect(Math.min(...site.gaps)).toBeGreaterThanOrEqual(59);
      expect(site.maxActive).toBe(1);
    }
    // Not one after another: each was begun before any was done.
    const begun = Math.max(...[a, b, c].map(({ visits }) => visits[0]!.at));
    const ended = Math.min(...[a, b, c].map(({ visits }) => visits.at(-1)!.at));
    expect(begun).toBeLessThan(ended);
    expect(report.hosts[`127.0.0.1:${a.port}`]).toMatchObject({ pages: 6, errors: 0 });
  });

  it('counts to its limits and no further', async () => {
    const site = await start({
      '/': linksTo(...Array.from({ length: 30 }, (_, i) => `/${i}`)),
      '*': (request, response) => void setTimeout(() => html(response, request.url!.padEnd(1000)), 5),
    });
    const report = await folder.run({ seeds: [site.url('/')], host_concurrency: 4, max_pages: 9 });
    expect(report).toMatchObject({ ended: 'max-pages', pages: 9 });
    expect(site.paths).toHaveLength(9);
    expect(site.maxActive).toBeGreaterThan(1);
    expect(site.maxActive).toBeLessThanOrEqual(4);
    expect(await folder.run({ seeds: [site.url('/')], max_megabytes: 0.014 })).toMatchObject({
      ended: 'max-megabytes',
    });
    expect(await folder.run({ seeds: [site.url('/')], max_pages_per_host: 20 })).toMatchObject({
      ended: 'finished',
      pages: 20,
      errors: { 'host-limit': 11 },
    });
  });

  it('closes a WARC file once it is long enough', async () => {
    const site = await start({
      '/': linksTo('/1', '/2', '/3'),
      '*': (request, response) =>
        html(response, request.url! + Array.from({ length: 3000 }, (_, i) => Math.sin(i + request.url!.length)).join()),
    });
    await folder.run({ seeds: [site.url('/')], warc_megabytes: 0.02 });
    expect(folder.files.length).toBeGreaterThan(1);
    expect((await folder.records()).filter(({ type }) => type === 'warcinfo')).toHaveLength(folder.files.length);
    expect(await folder.kept()).toHaveLength(4);
  });
});

describe('a second round', () => {
  it('asks whether pages changed, and notes those that did not', async () => {
    let changed = false;
    const site = await start({
      '/': linksTo('/etag', '/date', '/always', '/copy'),
      '/etag': (request, response) => {
        if (request.headers['if-none-match'] === '"1"') response.writeHead(304, { etag: '"1"' }).end();
        else html(response, linksTo('/behind'), { etag: '"1"' });
      },
      '/date': (request, response) => {
        if (request.headers['if-modified-since'] && !changed) response.writeHead(304).end();
        else html(response, changed ? 'new' : 'old', { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' });
      },
      '/always': 'the same text',
      '/copy': 'the same text',
      '/behind': (_, response) => html(response, 'found through a page that did not change'),
    });
    const options = { seeds: [site.url('/')] };
    expect(await folder.run(options)).toMatchObject({ pages: 6, revisits: 1, round: 1 });
    expect(await folder.kept()).toEqual(['/', '/etag', '/date', '/always', 'revisit /copy', '/behind']);
    changed = true;
    expect(await folder.run({ ...options, recrawl: true })).toMatchObject({
      pages: 6,
      revisits: 5,
      round: 2,
      statuses: { 200: 5, 304: 1 },
    });
    const records = await folder.records();
    const revisits = records.filter(({ type }) => type === 'revisit');
    expect(revisits.map(({ url }) => url!.replace(/.*\//, '/')).sort()).toEqual([
      '/',
      '/always',
      '/behind',
      '/copy',
      '/copy',
      '/etag',
    ]);
    const etag = revisits.find(({ url }) => url!.endsWith('/etag'))!;
    const original = records.find(({ type, url }) => type === 'response' && url!.endsWith('/etag'))!;
    expect(etag.field('WARC-Profile')).toContain('server-not-modified');
    expect(etag.field('WARC-Refers-To')).toBe(original.field('WARC-Record-ID'));
    expect(etag.field('WARC-Refers-To-Date')).toBe(original.field('WARC-Date'));
    expect(etag.field('WARC-Payload-Digest')).toBe(original.field('WARC-Payload-Digest'));
    // Without `recrawl` a finished crawl stays as it is; with it a third round knows the second.
    expect(await folder.run(options)).toMatchObject({ round: 2, pages: 6 });
    expect(await folder.run({ ...options, recrawl: true })).toMatchObject({ round: 3, pages: 6, revisits: 6 });
  });
});
