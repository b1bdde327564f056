import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../testing/read-source.ts';
import type { Fields } from '../warc/fields.ts';
import { WarcWriter } from '../warc/write.ts';
import { matchesStars, warc } from './warc.ts';

const golden = fileURLToPath(new URL('../warc/golden/', import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-warc-source-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One page, as a server sent it. */
async function page(body: Uint8Array, headers: Fields, config: Record<string, unknown> = {}) {
  const writer = new WarcWriter(join(directory, 'page.warc.gz'));
  const url = 'http://例子.example/页';
  writer.writeResponse({ url, date: new Date(0), startLine: 'HTTP/1.1 200 OK', headers, body });
  writer.close();
  const { documents, bad } = await readSource(
    warc,
    { path: 'page.warc.gz', on_error: 'drop', ...config },
    { baseDir: directory },
  );
  return { text: documents[0]?.text, meta: documents[0]?.meta, reasons: bad.map(({ reason }) => reason) };
}

const html: Fields = [['Content-Type', 'text/html; charset=utf-8']];
const packed = (encoding: string): Fields => [...html, ['Content-Encoding', encoding]];

describe('warc', () => {
  it('reads pages of Common Crawl, with what is known about them', async () => {
    const { documents, files } = await readSource(warc, { path: 'whirlwind.warc.gz' }, { baseDir: golden });
    expect(documents).toHaveLength(1);
    expect(documents[0]!.id).toBe('whirlwind.warc.gz:1023');
    expect(documents[0]!.text).toContain('<title>Escopete - Biquipedia, a enciclopedia libre</title>');
    expect(documents[0]!.meta).toEqual({
      url: 'https://an.wikipedia.org/wiki/Escopete',
      date: '2024-05-18T01:58:10Z',
      content_type: 'text/html',
      charset: 'utf-8',
      status: 200,
      record_id: 'urn:uuid:2aabeff2-67f5-4608-8466-e87c6296e2b6',
    });
    expect(files[0]!.bytes).toBe(18857);
  });

  it('reads the text of WET files, and pages of ARC files', async () => {
    const wet = await readSource(warc, { path: 'whirlwind.warc.wet.gz' }, { baseDir: golden });
    expect(wet.documents[0]!.text).toMatch(/^Escopete - Biquipedia, a enciclopedia libre\n/);
    expect(wet.documents[0]!.meta).toMatchObject({ content_type: 'text/plain', charset: 'utf-8' });
    const arc = await readSource(warc, { path: 'example.arc.gz' }, { baseDir: golden });
    expect(arc.documents[0]!.text).toContain('<h1>Example Domain</h1>');
    expect(arc.documents[0]!.meta).toMatchObject({ url: 'http://example.com/', date: '2014-02-16T05:02:21Z' });
  });

  it('gives the same documents in units of any size', async () => {
    const read = (unit_bytes: number) =>
      readSource(warc, { path: 'archive-2008.warc.gz', unit_bytes }, { baseDir: golden });
    const [one, many] = [await read(1e9), await read(4000)];
    expect(one.units).toHaveLength(1);
    expect(many.units.length).toBeGreaterThan(4);
    expect(many.documents).toEqual(one.documents);
    expect(one.documents.map(({ meta }) => meta.url)).toContain('http://www.archive.org/robots.txt');
  });

  it('stops at malformed records with file and place, or sets them aside', async () => {
    const stopped = readSource(warc, { path: 'bad.arc', on_error: 'error' }, { baseDir: golden });
    await expect(stopped).rejects.toThrow(`bad.arc:0: the record's length must be a number, found "-1"`);
    const { bad } = await readSource(warc, { path: 'bad.arc' }, { baseDir: golden });
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual([
      'bad.arc:0 bad-length',
      'bad.arc:134 bad-length',
      'bad.arc:202 bad-http',
      'bad.arc:262 bad-length',
    ]);
  });

  it('undoes chunks and encodings', async () => {
    const text = `<p>${'你好，世界。'.repeat(100)}`;
    const bytes = Buffer.from(text);
    for (const [encoding, body] of [
      ['gzip', gzipSync(bytes)],
      ['br', brotliCompressSync(bytes)],
      ['deflate', deflateSync(bytes)],
      ['deflate', deflateRawSync(bytes)],
      ['zstd', ZSTD_OF_HELLO],
      ['gzip, gzip', gzipSync(gzipSync(bytes))],
      ['identity', bytes],
      ['gzip', bytes], // said to be, and is not
    ] as const) {
      expect((await page(body, packed(encoding))).text).toBe(encoding === 'zstd' ? 'hello hello hello hello\n' : text);
    }
    const chunked = Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);
    expect((await page(chunked, [...html, ['Transfer-Encoding', 'chunked']])).text).toBe(text);
    expect((await page(bytes, [...html, ['Transfer-Encoding', 'chunked']])).text).toBe(text);
  });

  it('takes a cut body as far as it goes', async () => {
    const bytes = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}`).join('\n')));
    const { text, reasons } = await page(bytes.subarray(0, bytes.length / 2), packed('gzip'));
    expect(text).toMatch(/^line 0\nline 1\n/);
    expect(reasons).toEqual([]);
  });

  it('does not unpack bombs', async () => {
    const zeros = Buffer.alloc(4_000_000);
    const limits = { max_record_bytes: 1_000_000 };
    for (const [encoding, body] of [
      ['gzip', gzipSync(zeros)],
      ['br', brotliCompressSync(zeros)],
      ['deflate', deflateSync(zeros)],
      ['gzip, gzip', gzipSync(gzipSync(zeros))],
      ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0])],
    ] as const) {
      expect((await page(body, packed(encoding), limits)).reasons).toEqual(['bomb']);
    }
    expect((await page(zeros.fill(65), html, limits)).reasons).toEqual(['record-too-large']);
    expect((await page(gzipSync(zeros), packed('gzip, gzip, gzip, gzip'))).reasons).toEqual(['bad-encoding']);
    expect((await page(Buffer.alloc(100, 0xff), packed('br'))).reasons).toEqual(['bad-encoding']);
    expect((await page(Buffer.from([1, 2, 3, 0xff]), packed('rot13'))).reasons).toEqual(['bad-encoding']);
  });

  it('decodes charsets of header, mark and page', async () => {
    const gbk = Buffer.from('3c703ec4e3bac3', 'hex'); // <p>你好
    const big5 = Buffer.from('3c703ea741a66e', 'hex');
    expect((await page(gbk, [['Content-Type', 'text/html; charset="GB2312"']])).text).toBe('<p>你好');
    expect((await page(big5, [['Content-Type', 'text/html;charset=big5']])).meta).toMatchObject({ charset: 'big5' });
    const inside = Buffer.concat([Buffer.from('<html><meta charset=gb18030>'), gbk]);
    expect((await page(inside, [['Content-Type', 'text/html']])).text).toContain('你好');
  });

  it('reads what was asked for', async () => {
    const bytes = Buffer.from('<p>x');
    expect((await page(bytes, html, { status: [404] })).text).toBeUndefined();
    expect((await page(bytes, html, { content_types: ['text/plain'] })).text).toBeUndefined();
    expect((await page(bytes, html, { content_types: ['text/*'] })).text).toBe('<p>x');
    expect((await page(bytes, html, { records: ['conversion'] })).text).toBeUndefined();
    expect((await page(bytes, html, { url_include: ['http://例子.example/*'] })).text).toBe('<p>x');
    expect((await page(bytes, html, { url_exclude: ['*/页'] })).text).toBeUndefined();
    expect((await page(bytes, [])).meta).toMatchObject({ content_type: 'text/html' });
    expect((await page(Buffer.from([0, 1, 2]), [])).text).toBeUndefined();
  });

  it('says what it is given that is no archive', async () => {
    writeFileSync(join(directory, 'not.warc'), '{"text": "a"}\n');
    await expect(readSource(warc, { path: 'not.warc' }, { baseDir: directory })).rejects.toThrow(
      'not.warc:0: expected a WARC or ARC record, found "{',
    );
  });
});

it('star patterns match as they should, in linear time', () => {
  expect(matchesStars('http://a.b/c', '*://a.*/c')).toBe(true);
  expect(matchesStars('abab', 'ab*ab')).toBe(true);
  expect(matchesStars('aba', 'ab*ba')).toBe(false);
  expect(matchesStars('abc', 'a*b')).toBe(false);
  expect(matchesStars('', '*')).toBe(true);
  const start = performance.now();
  expect(matchesStars('a'.repeat(1e6), `${'*a'.repeat(50)}*b`)).toBe(false);
  expect(performance.now() - start).toBeLessThan(500);
});

/** `printf 'hello hello hello hello\n' | zstd -c` of zstd 1.5. */
const ZSTD_OF_HELLO = Buffer.from('KLUv/QRYbQAAOGhlbGxvIAoBAJlLEah8Lqg=', 'base64');
