/** Servers that misbehave: what a crawl of them costs, and what it says. */
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicLookup } from './address.ts';
import { type Exchange, Fetcher, type FetchFailure, type FetchLimits } from './fetcher.ts';
import { CrawlFolder } from './testing/run.ts';
import { html, linksTo, type Route, Site } from './testing/site.ts';

const limits: FetchLimits = {
  connectMs: 500,
  firstByteMs: 150,
  totalMs: 400,
  maxBodyBytes: 50_000,
  allowPrivate: true,
  connections: 1,
};

/** Every page of a whole that no server should serve. */
const routes: Record<string, Route> = {
  '/': 'fine',
  '/slow-header': (_, response) => void setTimeout(() => html(response, 'late'), 6000),
  '/hanging': () => {},
  '/drip': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/huge': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const piece = Buffer.alloc(1 << 16, 'x');
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  '/reset': (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/html' })
      .write('half', () => response.socket?.resetAndDestroy()),
  '/too-long': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': '1000' });
    response.write('short', () => response.socket?.end());
  },
  '/reset-early': (request) => void request.socket.resetAndDestroy(),
};

/** Answers as bytes, for what node's server refuses to send. */
const raw: Record<string, string> = {
  '/too-short': 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nfive!and much more',
  '/bad-header': 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nBad Header\0: x\r\n\r\nbody',
  '/bad-status': 'HTTP/1.1 abc OK\r\n\r\n',
  '/no-http': 'SSH-2.0-OpenSSH_9.6\r\n',
  '/two-lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nbody',
  '/bad-chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nxx\r\n',
  '/headers-for-ever': `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}\r\n`,
  '/http10': 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold',
};

let site: Site;
let rawPort: number;
let rawServer: ReturnType<typeof createServer>;
const sockets = new Set<Socket>();
beforeAll(async () => {
  site = await Site.start(routes);
  rawServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (request) => {
      const answer = raw[request.toString().split(' ')[1]!];
      socket.end(answer ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'latin1');
    });
  });
  await new Promise<void>((resolve) => rawServer.listen(0, '127.0.0.1', resolve));
  rawPort = (rawServer.address() as { port: number }).port;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await site.close();
  await new Promise((resolve) => rawServer.close(resolve));
});

async function get(url: string, more: Partial<FetchLimits> = {}): Promise<Exchange | FetchFailure> {
  const fetcher = await Fetcher.open({ ...limits, ...more });
  try {
    return await fetcher.fetch({ url, headers: [['user-agent', 'x']] });
  } finally {
    await fetcher.close();
  }
}

describe('Fetcher', () => {
  it.each([
    ['/slow-header', { fault: 'first-byte-timeout' }],
    ['/hanging', { fault: 'first-byte-timeout' }],
    ['/drip', { status: 200, truncated: 'time' }],
    ['/reset', { status: 200, truncated: 'disconnect', body: Buffer.from('half') }],
    ['/too-long', { status: 200, truncated: 'disconnect', body: Buffer.from('short') }],
    ['/reset-early', { fault: 'reset' }],
    ['/', { status: 200, body: Buffer.from('fine'), statusLine: 'HTTP/1.1 200 OK', ip: '127.0.0.1' }],
  ])('%s', async (path, expected) => {
    const start = performance.now();
    expect(await get(site.url(path))).toMatchObject(expected);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('reads a huge body to the limit only', async () => {
    const got = (await get(site.url('/huge'))) as Exchange;
    expect(got.truncated).toBe('length');
    expect(got.body.length).toBe(limits.maxBodyBytes);
  });

  it.each([
    ['/too-short', { status: 200, body: Buffer.from('five!') }],
    ['/bad-header', { fault: 'invalid-response' }],
    ['/bad-status', { fault: 'invalid-response' }],
    ['/no-http', { fault: 'invalid-response' }],
    ['/two-lengths', { fault: 'invalid-response' }],
    ['/bad-chunks', { status: 200, truncated: 'disconnect' }],
    ['/headers-for-ever', { fault: 'header-too-large' }],
    ['/http10', { status: 200, body: Buffer.from('old') }],
  ])('%s', async (path, expected) => {
    expect(await get(`http://127.0.0.1:${rawPort}${path}`)).toMatchObject(expected);
  });

  it('says why there is no connection', async () => {
    expect(await get('http://127.0.0.1:1/')).toMatchObject({ fault: 'connect' });
    expect(await get('http://no-such-host.invalid/', { firstByteMs: 9000, totalMs: 9000 })).toMatchObject({
      fault: 'dns',
    });
    expect(await get(site.url('/').replace('http:', 'https:'))).toMatchObject({ fault: 'tls' });
  });

  it('stays out of private networks, by number and by name', async () => {
    const closed = { allowPrivate: false };
    for (const url of [
      site.url('/'),
      site.url('/', 'localhost'),
      'http://[::1]/',
      'http://2130706433/',
      'http://169.254.169.254/latest/meta-data/',
      'http://[::ffff:7f00:1]/',
    ]) {
      expect(await get(new URL(url).href, closed)).toMatchObject({ fault: 'private-address' });
    }
    const error = await new Promise((resolve) => publicLookup('localhost', { all: true }, resolve));
    expect(error).toMatchObject({ code: 'EPRIVATE' });
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const fetcher = await Fetcher.open({ ...limits, firstByteMs: 5000, totalMs: 5000 }, controller.signal);
    setTimeout(() => controller.abort(), 30);
    expect(await fetcher.fetch({ url: site.url('/hanging'), headers: [] })).toMatchObject({ fault: 'cancelled' });
    expect(await fetcher.fetch({ url: site.url('/'), headers: [] })).toMatchObject({ fault: 'cancelled' });
    await fetcher.close();
  });
});

describe('a crawl of a site that misbehaves', () => {
  it('loses what is broken, with the reason, and keeps the rest', async () => {
    const bomb = gzipSync(Buffer.alloc(20e6));
    const packed =
      (body: Buffer, coding = 'gzip'): Route =>
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': coding });
        response.end(body);
      };
    const bad = await Site.start({
      ...routes,
      '/': linksTo(
        ...Object.keys(routes).filter((path) => path !== '/'),
        '/bomb',
        '/bombs',
        '/broken',
        '/unknown',
        '/packed',
        '/gbk',
        '/image',
        '/based',
        '/empty',
      ),
      '/bomb': packed(bomb),
      '/bombs': packed(gzipSync(bomb), 'gzip, gzip'),
      '/broken': packed(Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(100, 255)])),
      '/unknown': packed(Buffer.from([0, 1, 2, 3]), 'compress'),
      '/packed': packed(gzipSync(linksTo('/from-packed'))),
      '/gbk': (_, response) => {
        // Says UTF-8 and is GBK: links in ASCII are found all the same.
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.end(Buffer.concat([Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), Buffer.from('<a href=/from-gbk>')]));
      },
      '/image': (_, response) => void response.writeHead(200, { 'content-type': 'image/png' }).end('png'),
      '/based': `<base href="/dir/">${linksTo('inside', 'http://exämple.invalid/', '//[bad', 'HTTP:/odd', '\\back')}`,
      '/empty': (_, response) => void response.writeHead(200).end(),
      '*': (request, response) => html(response, request.url!),
    });
    const folder = new CrawlFolder();
    try {
      const report = await folder.run({
        seeds: [bad.url('/')],
        max_retries: 1,
        first_byte_timeout_seconds: 0.15,
        timeout_seconds: 0.4,
        max_body_megabytes: 0.05,
        max_unpacked_megabytes: 1,
      });
      expect(report.ended).toBe('finished');
      expect(report.errors).toEqual({
        'body-too-large': 1,
        'broken-coding': 2,
        'content-type': 1,
        'cut-off': 2,
        'first-byte-timeout': 2,
        reset: 1,
        timeout: 1,
        'unpacks-too-large': 2,
      });
      expect((await folder.kept()).sort()).toEqual([
        '/',
        '/back',
        '/based',
        '/dir/inside',
        '/empty',
        '/from-gbk',
        '/from-packed',
        '/gbk',
        '/odd',
        '/packed',
      ]);
      const packedRecord = (await folder.records()).find(
        ({ type, url }) => type === 'response' && url!.endsWith('/packed'),
      );
      expect(packedRecord!.header('content-encoding')).toBe('gzip');
    } finally {
      folder.remove();
      await bad.close();
    }
  });

  it('gives up hosts that do not answer, and private ones', async () => {
    const folder = new CrawlFolder();
    const good = await Site.start({ '/': linksTo('http://127.0.0.1:1/a', 'http://127.0.0.1:1/b') });
    try {
      const report = await folder.run({
        seeds: [good.url('/')],
        hosts: [`127.0.0.1:${good.port}`, '127.0.0.1:1'],
        max_retries: 1,
      });
      expect(report.errors).toEqual({ 'robots-unreachable': 2 });
      const other = new CrawlFolder();
      const closed = await other.run({ seeds: [good.url('/'), good.url('/', 'localhost')], allow_private: false });
      expect(closed.errors).toEqual({ 'private-address': 2 });
      expect(good.paths).toEqual(['/']);
      other.remove();
    } finally {
      folder.remove();
      await good.close();
    }
  });

  it('keeps cut bodies where asked, marked', async () => {
    const folder = new CrawlFolder();
    const bad = await Site.start({
      '/': linksTo('/huge', '/reset'),
      '/huge': routes['/huge']!,
      '/reset': routes['/reset']!,
    });
    try {
      await folder.run({ seeds: [bad.url('/')], max_retries: 0, max_body_megabytes: 0.05, truncated: 'keep' });
      const marks = (await folder.records())
        .filter(({ type }) => type === 'response')
        .map((record) => record.field('WARC-Truncated'));
      expect(marks).toEqual([undefined, 'length', 'disconnect']);
    } finally {
      folder.remove();
      await bad.close();
    }
  });
});
