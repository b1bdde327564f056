/** Sources of whole files: text, html, markdown, pdf. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { makePdf } from '../pdf/testing/make-pdf.ts';
import { readSource } from '../testing/read-source.ts';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import { pdf } from './pdf.ts';
import { text } from './text.ts';

let dir: string;
const write = (name: string, content: string | Uint8Array) => writeFileSync(join(dir, name), content);
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'athanor-documents-'));
  for (const folder of ['html', 'md', 'pdf', 'empty']) mkdirSync(join(dir, folder));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('text', () => {
  it('leaves a block out whole that is too long, and goes on behind it', async () => {
    write('blocks.txt', `first\n\n${'long line\n'.repeat(20)}its end\n\n最后一段\n`);
    const options = { path: 'blocks.txt', unit: 'block', max_document_bytes: 50 };
    const { documents, bad } = await readSource(text, options, { baseDir: dir });
    expect(documents.map(({ text }) => text)).toEqual(['first', '最后一段']);
    expect(bad.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['document-too-long', 'the block that begins at line 3 is longer than 50 bytes'],
    ]);
  });

  it('sets a damaged gzip file aside', async () => {
    write('damaged.txt.gz', gzipSync('a text').subarray(0, 15));
    const { documents, bad } = await readSource(text, { path: 'damaged.txt.gz' }, { baseDir: dir });
    expect(documents).toEqual([]);
    expect(bad.map(({ place, reason }) => [place, reason])).toEqual([['damaged.txt.gz', 'damaged-gzip']]);
  });
});

describe('html', () => {
  interface Encoded {
    readonly codec: string;
    readonly text: string;
    readonly bytes: string;
  }
  const encoded = JSON.parse(
    readFileSync(new URL('../charset/golden/encoded.json', import.meta.url), 'utf8'),
  ) as Encoded[];
  const gbk = encoded.find(({ codec }) => codec === 'gb2312')!;

  it('reads pages in the charset they are in', async () => {
    const bytes = Buffer.from(gbk.bytes, 'base64');
    const page = (declared: string) => Buffer.concat([Buffer.from(`<html lang=zh-CN>${declared}<p>`), bytes]);
    write('html/a.html', page('<meta charset=gb2312>'));
    write('html/b.HTM', page(''));
    write('html/c.html.gz', gzipSync(page('<meta charset=utf-8>')));
    write('html/notes.txt', 'not a page');
    const { documents, files, bad } = await readSource(html, { path: 'html' }, { baseDir: dir });
    expect(bad).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(['html/a.html', 'html/b.HTM', 'html/c.html.gz']);
    expect(documents.map(({ text }) => text)).toEqual(Array(3).fill(gbk.text));
    expect(documents[0]).toMatchObject({
      id: 'html/a.html',
      meta: { path: 'html/a.html', charset: 'gb18030', language: 'zh-CN', content_type: 'text/plain' },
    });
    const raw = await readSource(html, { path: 'html/a.html', extract: false }, { baseDir: dir });
    expect(raw.documents[0]).toMatchObject({
      text: expect.stringContaining('<meta charset=gb2312>'),
      meta: { content_type: 'text/html' },
    });
  });

  it('sets bad pages aside with a reason', async () => {
    mkdirSync(join(dir, 'bad'));
    write('bad/a.html', '<nav><a href=x>only</a> <a href=y>links</a></nav>');
    write('bad/b.html', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * i * 7 + i * 13) % 251)));
    write('bad/c.html', `<p>${'x'.repeat(2000)}`);
    write('bad/d.html.gz', Buffer.from('this is no gzip'));
    const options = { path: 'bad', max_document_bytes: 1000, charset: 'utf-8' };
    const { documents, bad } = await readSource(html, options, { baseDir: dir });
    expect(documents).toEqual([]);
    expect(bad.map(({ place, reason }) => [place, reason])).toEqual([
      ['bad/a.html', 'no-main-text'],
      ['bad/b.html', 'undecodable'],
      ['bad/c.html', 'document-too-long'],
      ['bad/d.html.gz', 'damaged-gzip'],
    ]);
    await expect(readSource(html, { ...options, on_error: 'error' }, { baseDir: dir })).rejects.toThrow('bad/a.html');
  });

  it('says what it found no files of', async () => {
    const error = await readSource(html, { path: 'empty' }, { baseDir: dir }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AthanorError);
    expect((error as AthanorError).code).toBe('not-found');
  });
});

describe('markdown', () => {
  it('takes front matter into meta', async () => {
    write(
      'md/a.md',
      '---\ntitle: 静夜思\nlang: zh-Hans\nlicense: CC0-1.0\ntags: [poem, 诗]\ndate: 2024-05-06\n---\n\n# Heading\n\nText *here*.\n',
    );
    write('md/b.markdown', '# First `x` #\n\ntext --- more\n\n---\n\nrest');
    write('md/c.md', '---\ntitle: "open\n---\ntext');
    const { documents, bad } = await readSource(markdown, { path: 'md' }, { baseDir: dir });
    expect(documents).toMatchObject([
      {
        id: 'md/a.md',
        text: '# Heading\n\nText *here*.',
        meta: {
          title: '静夜思',
          language: 'zh-Hans',
          licence: 'CC0-1.0',
          tags: ['poem', '诗'],
          date: '2024-05-06',
          path: 'md/a.md',
        },
      },
      { text: '# First `x` #\n\ntext --- more\n\n---\n\nrest', meta: { title: 'First x' } },
    ]);
    expect(bad.map(({ place, reason }) => [place, reason])).toEqual([['md/c.md', 'malformed-front-matter']]);
  });

  it('strips the marks when told', async () => {
    write(
      'strip.md',
      [
        'Title',
        '=====',
        '',
        '> A [link](http://x.example "t") and ![a picture](y.png), **bold** _it_ `a*b` snake_case 2 * 3.',
        '',
        '- one',
        '- two \\*',
        '',
        '| a | b |',
        '|---|---|',
        '| 1 | 2 |',
        '',
        '```js',
        'const x = a ** b; // **kept**',
        '```',
        '',
        '[ref]: http://x.example',
        '<br> <https://y.example> a<b',
        '* * *',
      ].join('\n'),
    );
    const { documents } = await readSource(markdown, { path: 'strip.md', strip: true }, { baseDir: dir });
    expect(documents[0]!.text).toBe(
      'Title\n\nA link and a picture, bold it a*b snake_case 2 * 3.\n\n- one\n- two *\n\na | b\n1 | 2\n\nconst x = a ** b; // **kept**\n\n https://y.example a<b',
    );
    expect(documents[0]!.meta.title).toBe('Title');
  });

  it('is linear in hostile text', async () => {
    const { stripMarkdown } = await import('../markdown/strip.ts');
    const start = performance.now();
    for (const one of ['[', '![', '`', '*', '_', '<', '\\', '> ', '# ', '|', '-', '[a](', '[]', '`` ` '])
      stripMarkdown(one.repeat(200_000));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('pdf', () => {
  const pages = [
    {
      head: 'A Book of Dogs',
      lines: [
        'The quick brown fox jumps over the lazy dog, and the dog does not under-',
        'stand what it has done to be so used by foxes that it never met before in',
        'its life.',
        '',
        'A second paragraph begins here, after a gap that is wider than a line is.',
      ],
      foot: '1',
    },
    { head: 'A Book of Dogs', lines: ['On the second page it goes on.'], foot: '2' },
    { head: 'A Book of Dogs', lines: ['春眠不觉晓，处处闻啼鸟。夜来风雨声，', '花落知多少。'], foot: '3' },
  ];

  it('joins lines to paragraphs and leaves running heads out', async () => {
    write('pdf/book.pdf', makePdf(pages, { title: 'Dogs', author: 'A. Writer' }));
    const { documents, bad } = await readSource(pdf, { path: 'pdf' }, { baseDir: dir });
    expect(bad).toEqual([]);
    expect(documents).toHaveLength(1);
    expect(documents[0]!.text).toBe(
      [
        'The quick brown fox jumps over the lazy dog, and the dog does not understand what it has done to be so used by foxes that it never met before in its life.',
        'A second paragraph begins here, after a gap that is wider than a line is.',
        'On the second page it goes on.',
        '春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。',
      ].join('\n\n'),
    );
    expect(documents[0]!.meta).toMatchObject({
      title: 'Dogs',
      author: 'A. Writer',
      date: '2024-05-06',
      pages: 3,
      path: 'pdf/book.pdf',
    });
  });

  it('gives pages and lines when told', async () => {
    const options = { path: 'pdf', unit: 'page', layout: 'lines', running_heads: true };
    const { documents } = await readSource(pdf, options, { baseDir: dir });
    expect(documents.map(({ id }) => id)).toEqual([1, 2, 3].map((n) => `pdf/book.pdf#page=${n}`));
    expect(documents[1]).toMatchObject({
      text: 'A Book of Dogs\nOn the second page it goes on.\n2',
      meta: { page: 2 },
    });
  });

  it('sets damaged, encrypted and empty files aside', async () => {
    mkdirSync(join(dir, 'broken'));
    const whole = makePdf(pages, {});
    write('broken/a.pdf', 'this is not a PDF at all');
    write('broken/b.pdf', whole.subarray(0, 200));
    write('broken/c.pdf', makePdf([{ head: '', lines: [], foot: '' }], {}));
    write('broken/d.pdf', makePdf(pages, { encrypted: true }));
    const { documents, bad } = await readSource(pdf, { path: 'broken' }, { baseDir: dir });
    expect(documents).toEqual([]);
    expect(bad.map(({ place, reason }) => [place, reason])).toEqual([
      ['broken/a.pdf', 'damaged-pdf'],
      ['broken/b.pdf', 'damaged-pdf'],
      ['broken/c.pdf', 'no-text'],
      ['broken/d.pdf', 'encrypted'],
    ]);
  });
});
