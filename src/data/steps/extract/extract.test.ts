import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runEach } from '../../testing/run-each.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { htmlContent } from './html-content.ts';
import { htmlText } from './html-text.ts';

interface Page {
  readonly lang: string;
  readonly file: string;
  readonly html: string;
}
const pages = JSON.parse(readFileSync(new URL('../../html/golden/pages.json', import.meta.url), 'utf8')) as Page[];
const documents = pages.map(({ lang, file, html }) => ({
  id: `${lang}/${file}`,
  text: html,
  meta: { url: `https://${lang === 'zh-CN' ? 'zh' : 'en'}.handbook.example/${file}`, content_type: 'text/html' },
}));

describe('html-content', () => {
  it('makes text of pages in both languages, and takes their metadata', async () => {
    const result = await runEach(htmlContent, {}, documents);
    expect(result.documents).toHaveLength(pages.length);
    for (const [i, { text, meta }] of result.documents.entries()) {
      expect(text).not.toMatch(/<\w+[ >]/);
      expect(meta.url).toBe(documents[i]!.meta.url);
      expect(meta.title).toMatch(/\S/);
    }
    const selected = result.documents.find(({ id }) => id === 'zh-CN/sect.selected-approach.html')!;
    expect(selected.text).toMatch(/^3\. 一般方法\n\n所有你能找到的适用于 GNU\/Linux 的通用文档/);
    expect(selected.text).not.toContain('下一页');
  });

  it('drops what has no text, with a reason, and lets other types through', async () => {
    const given = [
      '<nav><a href=x>Home</a></nav>',
      '',
      { text: 'a < b', meta: { content_type: 'text/plain; charset=utf-8' } },
      `<p>${'<i>x</i>'.repeat(200)}</p>`,
    ];
    const result = await runEach(htmlContent, { max_nodes: 100 }, given);
    expect(result.texts).toEqual(['a < b']);
    expect([...result.dropped.values()].map(({ reason }) => reason)).toEqual([
      'no-main-text',
      'no-main-text',
      'too-many-nodes',
    ]);
    expect(result.counters).toEqual({ 'not-html': 1 });
  });

  it('keeps the document of a hostile page from harming the rest', async () => {
    const deep = '<div>'.repeat(100_000);
    const result = await runEach(htmlContent, {}, [
      deep,
      `${deep}<p>It is here, and it is long enough to be read as prose.`,
    ]);
    expect(result.dropped.get('d0')?.reason).toBe('no-main-text');
    expect(result.texts).toEqual(['It is here, and it is long enough to be read as prose.']);
  });
});

describe('html-text', () => {
  it('gives all that is seen', async () => {
    const result = await runEach(htmlText, { metadata: false }, documents);
    const zh = result.documents.find(({ id }) => id === 'zh-CN/sect.selected-approach.html')!;
    expect(zh.text).toContain('下一页');
    expect(zh.meta).toEqual(documents.find(({ id }) => id === zh.id)!.meta);
    const markdown = await runEach(htmlText, { format: 'markdown' }, ['<h1>诗</h1><p>a <code>b</code></p>']);
    expect(markdown.texts).toEqual(['# 诗\n\na `b`']);
  });
});

describe('site-boilerplate', () => {
  it('removes what the pages of a site share, and nothing else', async () => {
    const texts = (await runEach(htmlText, {}, documents)).documents;
    const result = await runStep('site-boilerplate', { min_pages: 4, min_share: 0.5 }, texts);
    expect(result.documents).toHaveLength(pages.length);
    const all = textsOf(result).join('\n');
    for (const gone of ['Download the ebook', 'Debian 管理员手册', 'The Debian Administrator']) {
      expect(
        texts
          .map(({ text }) => text)
          .join('\n')
          .includes(gone) && all.includes(gone),
        gone,
      ).toBe(false);
    }
    const selected = result.documents.find(({ id }) => id === 'zh-CN/sect.selected-approach.html')!;
    expect(selected.text).toContain('所有你能找到的适用于 GNU/Linux 的通用文档');
    expect(selected.text).toContain('一般方法');
    // What is left is nearly what html-content finds.
    const main = (await runEach(htmlContent, {}, documents)).documents.find(({ id }) => id === selected.id)!;
    expect(selected.text.length).toBeLessThan(main.text.length * 1.6);
  });

  const page = (site: string, n: number, lines: string[]) => ({
    text: lines.join('\n'),
    meta: { url: `http://${site}/${n}` },
  });

  it('counts within a site, by pages, not by lines', async () => {
    const given = [1, 2, 3, 4, 5].flatMap((n) => [
      page('www.a.example', n, ['Menu 12', `Story ${'x'.repeat(n)}`, '}', `end ${'y'.repeat(n)}`, '© A 2024']),
      page(`b${n}.example`, n, ['Menu 12', `Tale ${'x'.repeat(n)}`, '© A 2024']),
    ]);
    const result = await runStep('site-boilerplate', {}, [
      ...given,
      'Menu 12\nno site',
      page('c.example', 1, Array(9).fill('again and again and again')),
    ]);
    const texts = textsOf(result);
    expect(texts[0]).toBe('Story x\n}\nend y');
    expect(texts[1]).toBe('Menu 12\nTale x\n© A 2024');
    expect(texts[10]).toBe('Menu 12\nno site');
    expect(texts[11]).toBe(Array(9).fill('again and again and again').join('\n'));
    expect(result.ledger.counters).toMatchObject({ changed: 5, lines: 10, 'no-site': 1 });
  });

  it('keeps short lines inside a page, removes long ones, and drops pages of nothing else', async () => {
    const notice = 'We use cookies to make this site better for you.';
    const given = Array.from({ length: 6 }, (_, n) =>
      page('a.example', n, [`One ${'a'.repeat(n + 1)}`, 'return x', notice, `Two ${'b'.repeat(n + 1)}`]),
    );
    const result = await runStep('site-boilerplate', {}, [...given, page('a.example', 9, ['return x', notice])]);
    expect(textsOf(result)[0]).toBe('One a\nreturn x\nTwo b');
    expect(result.dropped.map(({ reason }) => reason)).toEqual(['only-boilerplate']);
  });

  it('decides the same in little memory', async () => {
    const given = Array.from({ length: 300 }, (_, n) =>
      page(`s${n % 7}.example`, n, [`Menu of s${n % 7}`, `body ${'z'.repeat(n)}`, `foot ${n % 3}`]),
    );
    const [small, large] = [
      await runStep('site-boilerplate', {}, given, 7, 1 << 16),
      await runStep('site-boilerplate', {}, given),
    ];
    expect(textsOf(small)).toEqual(textsOf(large));
    expect(textsOf(large)[0]).toBe('body');
  });
});
