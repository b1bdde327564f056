import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { retryAfter } from '../download/client.ts';
import { nextLink } from '../download/paging.ts';
import { type LocalServer, localServer } from '../testing/local-server.ts';
import { readSource } from '../testing/read-source.ts';
import { httpApi } from './http-api.ts';

let workspace: string;
let server: LocalServer;
let answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void;

beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'athanor-api-test-'));
  server = await localServer((request, response, url) => answer(request, response, url));
});
afterEach(async () => {
  await server.close();
  rmSync(workspace, { recursive: true, force: true });
});

const variable = (name: string) => `\${${name}}`;
const rows = Array.from({ length: 25 }, (_, i) => ({ id: `r${i}`, text: `第 ${i} 条 record`, n: i }));

const read = (config: Record<string, unknown>) =>
  readSource(httpApi, { url: `${server.origin}/items`, requests_per_second: 0, retries: 2, ...config }, { workspace });

function send(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Everything that lies in the workspace, as text. */
function onDisk(): string {
  const names = readdirSync(workspace, { recursive: true, encoding: 'utf8' }).map((name) => join(workspace, name));
  return names
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, 'utf8'))
    .join('\n');
}

describe('http-api', () => {
  const pageOf = (start: number, size: number) => rows.slice(start, start + size);

  it('pages by number, offset, cursor, next URL and Link header', async () => {
    answer = (_, response, url) => {
      const { searchParams: query } = url;
      const at = Number(query.get('offset') ?? query.get('cursor') ?? (Number(query.get('page') ?? 1) - 1) * 10);
      const more = at + 10 < rows.length;
      const link = more ? { link: `</items?x=1>; rel="first", </items?cursor=${at + 10}>; rel="next"` } : undefined;
      send(
        response,
        {
          data: { items: pageOf(at, 10) },
          next: more ? String(at + 10) : null,
          url: more ? `${server.origin}/items?cursor=${at + 10}` : '',
        },
        link,
      );
    };
    for (const [paging, pages] of [
      [{ by: 'page' }, 4],
      [{ by: 'offset', limit: 10 }, 3],
      [{ by: 'cursor', path: 'next' }, 3],
      [{ by: 'cursor', path: 'url' }, 3],
      [{ by: 'link' }, 3],
    ] as const) {
      const before = server.requests.length;
      const { documents } = await read({ records: 'data.items', paging });
      expect(documents.map(({ id, text, meta }) => ({ id, text, ...meta }))).toEqual(rows);
      expect(server.requests.length - before).toBe(pages);
    }
    expect((await read({ records: 'data.items' })).documents).toHaveLength(10);
    expect((await read({ records: 'data.items', paging: { by: 'page' }, max_pages: 2 })).documents).toHaveLength(20);
  });

  it('needs no network once everything is there', async () => {
    answer = (_, response) => send(response, rows);
    const first = await read({});
    await server.close();
    const second = await read({});
    expect(second.documents).toEqual(first.documents);
    expect(second.files).toEqual(first.files);
    expect(first.files[0]!.path).toMatch(/^http-api\/127\.0\.0\.1:\d+\/items$/);
  });

  it('tries again after failures, and says what failed in the end', async () => {
    let tries = 0;
    answer = (request, response) => {
      tries++;
      if (tries === 1) response.writeHead(503, { 'retry-after': '0' }).end('busy');
      else if (tries === 2) request.socket.destroy();
      else send(response, rows);
    };
    expect((await read({})).documents).toHaveLength(25);
    answer = (_, response) => response.writeHead(500).end();
    await expect(read({ params: { a: 1 }, retries: 1 })).rejects.toThrow(/page 1: the server answers 500 \(2 tries\)/);
    answer = (_, response) => response.writeHead(429, { 'retry-after': '86400' }).end();
    await expect(read({ params: { a: 2 } })).rejects.toThrow(/answers 429 and asks to wait 86400 s \(1 tries\)/);
    answer = (_, response) => response.writeHead(401).end();
    await expect(read({ params: { a: 3 } })).rejects.toThrow('the server answers 401');
    answer = () => {};
    await expect(read({ params: { a: 4 }, timeout_s: 0.05, retries: 0 })).rejects.toThrow(/Timeout/);
  });

  it('goes on at the page where it was stopped, also after half a write', async () => {
    let failAt = 20;
    answer = (_, response, url) => {
      const offset = Number(url.searchParams.get('offset'));
      if (offset >= failAt) response.writeHead(500).end();
      else send(response, pageOf(offset, 5));
    };
    const config = { paging: { by: 'offset', limit: 5 }, retries: 0 };
    await expect(read(config)).rejects.toThrow(/page 5: the server answers 500/);
    const cache = join(workspace, 'cache', 'http-api');
    const log = join(cache, readdirSync(cache)[0]!, 'pages.jsonl');
    truncateSync(log, statSync(log).size - 7); // page 4 counts as not fetched
    failAt = 1e9;
    const before = server.requests.length;
    expect((await read(config)).documents.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(server.requests.slice(before).map(({ url }) => url)).toEqual([
      '/items?offset=15&limit=5',
      '/items?offset=20&limit=5',
      '/items?offset=25&limit=5',
    ]);
  });

  it('asks again with ETags on refresh, and keeps what it has until that is whole', async () => {
    let version = 1;
    let broken = false;
    answer = (request, response, url) => {
      const page = Number(url.searchParams.get('page'));
      if (broken && page === 2) return void response.writeHead(500).end();
      const etag = page === 2 ? `"2-${version}"` : `"${page}"`;
      if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
      send(response, page > 2 ? [] : [{ text: `page ${page}, version ${page === 2 ? version : 1}` }], { etag });
    };
    const config = { paging: { by: 'page' }, retries: 0 };
    const texts = async (more: Record<string, unknown> = {}) =>
      (await read({ ...config, ...more })).documents.map(({ text }) => text);
    expect(await texts()).toEqual(['page 1, version 1', 'page 2, version 1']);
    version = 2;
    broken = true;
    await expect(texts({ refresh: true })).rejects.toThrow('500');
    expect(await texts()).toEqual(['page 1, version 1', 'page 2, version 1']);
    broken = false;
    expect(await texts({ refresh: true })).toEqual(['page 1, version 1', 'page 2, version 2']);
    expect(await texts()).toEqual(['page 1, version 1', 'page 2, version 2']);
    // A refresh that was killed after its last step but one leaves its pages: the next one asks all the same.
    const cache = join(workspace, 'cache', 'http-api');
    const [name] = readdirSync(cache);
    cpSync(join(cache, name!), join(cache, `${name}.refresh`), { recursive: true });
    version = 3;
    expect(await texts({ refresh: true })).toEqual(['page 1, version 1', 'page 2, version 3']);
    expect(readdirSync(cache)).toEqual([name]);
  });

  it('sends secrets of the environment, and writes them nowhere', async () => {
    process.env.ATHANOR_TEST_KEY = 'top/secret+123';
    try {
      answer = (request, response, url) => {
        const echo = `${request.headers.authorization} ${url.searchParams.get('key')}`;
        const last = url.searchParams.get('page') === '2';
        const next = last ? null : `${server.origin}/items?page=2&key=${encodeURIComponent('top/secret+123')}`;
        send(response, { items: [{ text: echo }], next });
      };
      const config = {
        params: { key: variable('ATHANOR_TEST_KEY') },
        headers: { Authorization: `Bearer ${variable('ATHANOR_TEST_KEY')}` },
        records: 'items',
        paging: { by: 'cursor', path: 'next' },
      };
      const { documents } = await read(config);
      expect(documents.map(({ text }) => text)).toEqual(Array(2).fill('Bearer [redacted] [redacted]'));
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
        Array(2).fill('Bearer top/secret+123'),
      );
      expect(server.requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('key'))).toEqual(
        Array(2).fill('top/secret+123'),
      );
      expect(onDisk()).not.toMatch(/secret/);
      answer = (_, response) => response.writeHead(403).end('top/secret+123');
      const failure = await read({ ...config, max_pages: 7 }).catch((error: Error) => error);
      expect(JSON.stringify([(failure as Error).message, failure])).not.toMatch(/secret/);
      await expect(read({ headers: { a: variable('ATHANOR_NOT_SET') } })).rejects.toThrow(
        'headers.a: the environment variable ATHANOR_NOT_SET is not set',
      );
    } finally {
      delete process.env.ATHANOR_TEST_KEY;
    }
  });

  it('does not carry credentials to other hosts', async () => {
    const other = await localServer((_, response) => send(response, rows));
    try {
      answer = (_, response) => response.writeHead(302, { location: `${other.origin}/x` }).end();
      expect((await read({ headers: { authorization: 'Bearer x', cookie: 'c' } })).documents).toHaveLength(25);
      expect(other.requests[0]!.headers.authorization ?? other.requests[0]!.headers.cookie).toBeUndefined();
      answer = (_, response) => send(response, { items: rows, next: `${other.origin}/more` });
      await expect(read({ records: 'items', paging: { by: 'cursor', path: 'next' } })).rejects.toThrow(
        /page 2 lies on another host/,
      );
    } finally {
      await other.close();
    }
    answer = (_, response) => response.writeHead(302, { location: '/items' }).end();
    await expect(read({ params: { loop: true } })).rejects.toThrow('redirects more than 5 times');
  });

  it('refuses bombs, long answers, loops, and what is no JSON', async () => {
    const zeros = gzipSync(Buffer.alloc(3_000_000, 32));
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zeros);
    await expect(read({ max_page_bytes: 1_000_000 })).rejects.toThrow('is longer than 1000000 bytes');
    answer = (_, response) => response.end(' '.repeat(3_000_000));
    await expect(read({ max_page_bytes: 1_000_000 })).rejects.toThrow('is longer than 1000000 bytes');
    answer = (_, response) => send(response, { items: rows, next: 'same' });
    await expect(read({ records: 'items', paging: { by: 'cursor', path: 'next' } })).rejects.toThrow(
      'names a page again that was fetched already',
    );
    answer = (_, response) => response.end('<html>login</html>');
    await expect(read({})).rejects.toThrow(/page 1: the answer is not JSON/);
    answer = (_, response) => send(response, { error: 'no' });
    await expect(read({ records: 'data.items' })).rejects.toThrow("nothing lies under 'data.items' (keys: error)");
  });

  it('reads JSON Lines, CSV and gzip', async () => {
    answer = (_, response) => response.end(rows.map((row) => JSON.stringify(row)).join('\n'));
    expect((await read({ format: 'jsonl' })).documents).toHaveLength(25);
    answer = (_, response) => response.end('id,text\n1,"你好, 世界"\n2,two\n');
    expect((await read({ format: 'csv' })).documents.map(({ text }) => text)).toEqual(['你好, 世界', 'two']);
    answer = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(rows)));
    expect((await read({ params: { packed: 1 } })).documents).toHaveLength(25);
  });

  it('keeps to the rate limit', async () => {
    answer = (_, response, url) => send(response, url.searchParams.get('page') === '4' ? [] : rows.slice(0, 1));
    const start = performance.now();
    await read({ paging: { by: 'page' }, requests_per_second: 20 });
    expect(performance.now() - start).toBeGreaterThan(140);
  });

  it('stops when told to', async () => {
    answer = () => {};
    const signal = AbortSignal.timeout(50);
    const config = { url: `${server.origin}/slow`, retries: 5 };
    await expect(readSource(httpApi, config, { workspace, signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('headers', () => {
  it('Retry-After is seconds or a date', () => {
    expect(retryAfter('120')).toBe(120_000);
    expect(retryAfter('Thu, 01 Jan 1970 00:02:00 GMT', 60_000)).toBe(60_000);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:00 GMT', 60_000)).toBe(0);
    expect(retryAfter('soon')).toBeUndefined();
  });

  it('Link names the next page', () => {
    expect(nextLink('<a?x=1,2>; rel="prev", <b>; title="n"; rel=next')).toBe('b');
    expect(nextLink('<a>; rel="last next"')).toBe('a');
    expect(nextLink('<a>; rel="nextish"')).toBeUndefined();
    expect(nextLink(undefined)).toBeUndefined();
  });
});
