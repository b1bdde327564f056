import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { html, linksTo, Site } from '../../data/crawl/testing/site.ts';
import type { CommandContext } from '../command.ts';
import { translator } from '../i18n/index.ts';
import { dataCrawl } from './data-crawl.ts';

it('data crawl: flags reach the crawler, and the report is shown in both languages', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'athanor-crawl-cli-'));
  const site = await Site.start({
    '/': linksTo('/a', '/b', '/image'),
    '/image': (_, response) => void response.writeHead(200, { 'content-type': 'image/png' }).end('x'),
    '*': (request, response) => html(response, request.url!),
  });
  const lines: string[] = [];
  const run = (lang: 'en' | 'zh', options: Record<string, unknown>) =>
    dataCrawl.run(
      {
        globals: { json: false, workspace, device: 'cpu', threads: 1, seed: 0, lang, quiet: false },
        t: translator(lang),
        language: lang,
        progress: { report: () => {}, close: () => {} } as unknown as CommandContext['progress'],
        signal: new AbortController().signal,
        print: (line) => void lines.push(line),
        note: () => {},
      },
      [[site.url('/')]] as unknown as string[],
      {
        contact: 'mailto:a@b.example',
        host: [],
        set: ['allow_private=true', 'accept_language=zh-CN'],
        delay: 0,
        ...options,
      },
    );
  try {
    const report = await run('en', { 'user-agent': 'testbot/2.0', depth: 1 });
    expect(report).toMatchObject({ ended: 'finished', pages: 3, name: `127.0.0.1-${site.port}` });
    expect(site.visits[1]!.headers).toMatchObject({
      'user-agent': 'testbot/2.0 (+mailto:a@b.example)',
      'accept-language': 'zh-CN',
    });
    expect(lines[0]).toMatch(/^finished: 3 pages, 0\.0 MB in [\d.]+ s, 0 URLs waiting; in /);
    expect(lines[1]).toBe('  content-type: 1');
    await run('zh', { 'user-agent': 'testbot/2.0', depth: 1 });
    expect(lines[2]).toMatch(/^finished：3 页/);
    await expect(run('en', { depth: 7 })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(run('en', { set: ['max_pagez=1'] })).rejects.toThrow(/max_pagez/);
  } finally {
    await site.close();
    rmSync(workspace, { recursive: true, force: true });
  }
});
