import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { html, linksTo, Site } from '../crawl/testing/site.ts';
import { readSource } from '../testing/read-source.ts';
import { crawl } from './crawl.ts';

const workspace = mkdtempSync(join(tmpdir(), 'athanor-crawl-source-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

let site: Site;
beforeEach(async () => {
  site = await Site.start({
    '/': `${linksTo('/en', '/zh', '/gone', '/moved', '/copy')}`,
    '/en': '<p>A page in English.',
    '/copy': '<p>A page in English.',
    '/zh': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=gbk' });
      response.end(Buffer.from([0x3c, 0x70, 0x3e, 0xd6, 0xd0, 0xce, 0xc4]));
    },
    '/moved': (_, response) => void response.writeHead(301, { location: '/new' }).end(),
    '/new': (_, response) => html(response, '<p>Moved here.'),
  });
});
afterEach(() => site.close());

describe('crawl', () => {
  it('brings pages in once, and reads them as the source warc does', async () => {
    const config = {
      name: 'pages-网页',
      seeds: [site.url('/')],
      contact: 'mailto:a@b.example',
      allow_private: true,
      delay_seconds: 0,
      licence: 'CC0-1.0',
    };
    const first = await readSource(crawl, config, { workspace });
    expect(first.documents.map(({ text }) => text).slice(1)).toEqual([
      '<p>A page in English.',
      '<p>中文',
      '<p>Moved here.',
    ]);
    expect(first.documents[2]!.meta).toMatchObject({
      url: site.url('/zh'),
      charset: 'gb18030',
      content_type: 'text/html',
    });
    expect(first.documents[2]!.id).toMatch(/^pages-网页-00000\.warc\.gz:\d+$/);
    expect(first.files.map(({ path }) => path)).toEqual(['pages-网页-00000.warc.gz']);
    const asked = site.visits.length;
    const again = await readSource(crawl, config, { workspace });
    expect(again).toEqual(first);
    expect(site.visits).toHaveLength(asked);
  });

  it('says what is wrong with a config, and that nothing came', async () => {
    expect(() => crawl.config.parse({ name: '../x', contact: 'a@b.example' })).toThrow(/letters, digits/);
    expect(() => crawl.config.parse({ name: 'x' })).toThrow(/contact/);
    await expect(readSource(crawl, { name: 'x', contact: 'a@b.example' }, { workspace })).rejects.toThrow(
      /URL to begin with/,
    );
    await expect(
      readSource(crawl, { name: 'x', contact: 'a@b.example', seeds: ['ftp://x'] }, { workspace }),
    ).rejects.toMatchObject({ code: 'bad-input', place: 'seeds' });
    const closed = readSource(
      crawl,
      { name: 'private', contact: 'a@b.example', seeds: [site.url('/')] },
      { workspace },
    );
    await expect(closed).rejects.toMatchObject({ code: 'not-found', message: "the crawl 'private' has no pages" });
    expect(site.visits).toHaveLength(0);
  });
});
