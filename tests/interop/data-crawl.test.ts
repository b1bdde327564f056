/**
 * What the crawler writes, read by PyPI's warcio (every digest checked); and our robots.txt beside Protego, the parser of
 * Scrapy, on random rules. A local site serves what archives stumble over.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { parseRobots } from '../../src/data/crawl/robots.ts';
import { CrawlFolder } from '../../src/data/crawl/testing/run.ts';
import { html, linksTo, type Route, Site } from '../../src/data/crawl/testing/site.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

let python: string;
beforeAll(async () => {
  python = await ensureVenv('data-crawl');
});

const packed =
  (coding: string, pack: (text: string) => Buffer): Route =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': coding });
    // In two pieces: chunked.
    const body = pack(`<p>${coding} 中文 ${'text '.repeat(200)}`);
    response.write(body.subarray(0, 20));
    response.end(body.subarray(20));
  };

const routes: Record<string, Route> = {
  '/': linksTo(
    '/gzip',
    '/br',
    '/deflate',
    '/twice',
    '/moved',
    '/gone',
    '/gbk',
    '/header',
    '/empty',
    '/etag',
    '/copy-a',
    '/copy-b',
    '/页?q=值',
    '/error',
  ),
  '/gzip': packed('gzip', gzipSync),
  '/br': packed('br', brotliCompressSync),
  '/deflate': packed('deflate', deflateRawSync),
  '/twice': packed('deflate, gzip', (text) => gzipSync(deflateRawSync(text))),
  '/moved': (_, response) => void response.writeHead(301, { location: '/target' }).end('<p>gone there'),
  '/gone': (_, response) => void response.writeHead(410, { 'content-type': 'text/html' }).end('<p>gone'),
  '/error': (_, response) => void response.writeHead(500, { 'content-type': 'text/html' }).end('<p>ill'),
  '/gbk': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=gbk', 'content-length': '7' });
    response.end(Buffer.from([0x3c, 0x70, 0x3e, 0xd6, 0xd0, 0xce, 0xc4]));
  },
  '/header': (_, response) =>
    html(response, 'odd header', { 'x-title': Buffer.from('größe 中').toString('latin1'), 'x-empty': '' }),
  '/empty': (_, response) => void response.writeHead(204).end(),
  '/etag': (request, response) => {
    if (request.headers['if-none-match']) response.writeHead(304, { etag: '"e"' }).end();
    else html(response, 'with an etag', { etag: '"e"' });
  },
  '*': (request, response) => html(response, `<p>a page ${request.url!.startsWith('/copy') ? '' : request.url}`),
};

let site: Site;
const folders: CrawlFolder[] = [];
beforeAll(async () => {
  site = await Site.start(routes);
});
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});
afterAll(() => site.close());

/** `warcio check` of a file, and its records as warcio sees them: type, URL, status, length of the decoded payload. */
const program = `
import json, os, subprocess, sys
from warcio.archiveiterator import ArchiveIterator
records = []
for path in sys.argv[1:]:
    check = subprocess.run([os.path.join(os.path.dirname(sys.executable), 'warcio'), 'check', '-v', path], capture_output=True, text=True)
    assert check.returncode == 0, (path, check.returncode, check.stdout, check.stderr)
    assert 'not checked' not in check.stdout.replace('not checked (revisit)', '')
    with open(path, 'rb') as stream:
        for record in ArchiveIterator(stream, check_digests='raise'):
            status = record.http_headers.get_statuscode() if record.http_headers else None
            body = record.content_stream().read()
            records.append([record.rec_type, record.rec_headers.get_header('WARC-Target-URI'), status, len(body), record.digest_checker.passed])
print(json.dumps(records))
`;
type Row = readonly [type: string, url: string | null, status: string | null, length: number, digests: boolean | null];
const read = async (folder: CrawlFolder): Promise<Row[]> =>
  JSON.parse(await runPython(python, program, { args: folder.files.map((file) => join(folder.path, file)) })) as Row[];

describe('WARC files of the crawler, read by warcio', () => {
  it('hold every page, with digests that are right', async () => {
    const folder = new CrawlFolder();
    folders.push(folder);
    const options = { seeds: [site.url('/')], max_retries: 0, warc_megabytes: 0.005 };
    const report = await folder.run(options);
    expect(folder.files.length).toBeGreaterThan(1);
    const first = await read(folder);
    const answers = first.filter(([type]) => type === 'response' || type === 'revisit');
    expect(answers).toHaveLength(report.pages);
    expect(first.filter(([type]) => type === 'request')).toHaveLength(report.pages);
    expect(first.filter(([type]) => type === 'warcinfo')).toHaveLength(folder.files.length);
    expect(first.every(([type, , , , passed]) => passed === true || (type === 'revisit' && passed !== false))).toBe(
      true,
    );
    const lengths = Object.fromEntries(answers.map(([, url, , length]) => [new URL(url!).pathname, length]));
    const text = (coding: string) => Buffer.byteLength(`<p>${coding} 中文 ${'text '.repeat(200)}`);
    expect(lengths).toMatchObject({ '/gzip': text('gzip'), '/gbk': 7, '/empty': 0 });
    const statuses = Object.fromEntries(answers.map(([, url, status]) => [new URL(url!).pathname, status]));
    expect(statuses).toMatchObject({
      '/moved': '301',
      '/target': '200',
      '/gone': '410',
      '/error': '500',
      '/empty': '204',
    });
    expect(answers.filter(([type]) => type === 'revisit').map(([, url]) => new URL(url!).pathname)).toEqual([
      '/copy-b',
    ]);

    // Torn, gone on with, and asked again.
    appendFileSync(join(folder.path, folder.files.at(-1)!), Buffer.from([0x1f, 0x8b, 8, 0]));
    await folder.run({ ...options, seeds: [site.url('/'), site.url('/more')] });
    const second = await folder.run({ ...options, seeds: [site.url('/'), site.url('/more')], recrawl: true });
    const all = await read(folder);
    expect(all.filter(([type]) => type === 'response' || type === 'revisit')).toHaveLength(
      report.pages + 1 + second.pages,
    );
    expect(all.filter(([type, , status]) => type === 'revisit' && status === '304')).toHaveLength(1);
    expect(all.some(([, , , , passed]) => passed === false)).toBe(false);
  });
});

describe('robots.txt beside Protego', () => {
  it('allows and forbids the same', async () => {
    const rng = new Rng(17);
    const pick = <T>(of: readonly T[]): T => of[rng.int(of.length)]!;
    const part = () => pick(['a', 'b', 'foo', '中', '%e4%b8%ad', 'x.php', '~u', '', '?q=1', '*', 'a*b', '*.php']);
    const cases = Array.from({ length: 1500 }, () => {
      const lines: string[] = [];
      const groups = 1 + rng.int(3);
      for (let g = 0; g < groups; g++) {
        for (let n = rng.int(2); n >= 0; n--)
          lines.push(`${pick(['User-agent', 'user-agent'])}: ${pick(['*', 'athanor', 'Athanor', 'other'])}`);
        for (let n = rng.int(5); n > 0; n--)
          lines.push(
            `${pick(['Allow', 'Disallow', 'disallow'])}: /${Array.from({ length: 1 + rng.int(3) }, part).join('/')}${pick(['', '', '/', '$'])}${pick(['', ' # why'])}`,
          );
        if (rng.int(3) === 0) lines.push(pick(['', '# note', 'Sitemap: http://a.example/s.xml']));
      }
      const path = Array.from({ length: 1 + rng.int(3) }, () =>
        pick(['a', 'b', 'foo', '%E4%B8%AD', 'x.php', '~u', 'acb', 'y']),
      ).join('/');
      return { robots: lines.join('\n'), url: `http://a.example/${path}${pick(['', '/', '?q=1'])}` };
    });
    const peer = `
import json, sys
from protego import Protego
print(json.dumps([Protego.parse(case['robots']).can_fetch(case['url'], 'athanor') for case in json.load(sys.stdin)]))`;
    const theirs = JSON.parse(await runPython(python, peer, { stdin: JSON.stringify(cases) })) as boolean[];
    const differ = cases
      .map((one, i) => ({
        ...one,
        theirs: theirs[i],
        ours: parseRobots(Buffer.from(one.robots), 'athanor').allows(one.url),
      }))
      .filter(({ ours, theirs: other }) => ours !== other);
    expect(differ.slice(0, 5)).toEqual([]);
    expect(theirs.filter((allowed) => !allowed).length).toBeGreaterThan(100);
  });
});
