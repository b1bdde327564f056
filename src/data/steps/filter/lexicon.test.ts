import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lexiconFinder } from '../../lexicon/finder.ts';
import { runStep } from '../../testing/run-step.ts';

describe('lexiconFinder', () => {
  const count = (list: string[], text: string, obfuscated = false) => lexiconFinder(list, obfuscated).count(text);
  it('finds whole words, phrases, and Han characters anywhere', () => {
    expect(count(['ass'], 'The class of assassins passed. ASS!')).toEqual({ hits: 1, words: 6, found: ['ass'] });
    expect(count(['big black', 'big', 'black bird'], 'a big blackbird, a big black bird').found).toEqual([
      'big',
      'big black',
    ]);
    expect(count(['月光'], '床前明月光，月 光').hits).toBe(2);
    expect(count(['月光', '明月光'], '床前明月光').found).toEqual(['明月光']);
    expect(count([], 'x').hits).toBe(0);
  });

  it('sees through spellings by option only', () => {
    for (const text of ['sh1t', 'ｓｈｉｔ', 'shít', 'sh\u200bit', '$hit', 'SH!T']) {
      expect(count(['shit'], text, true).hits, text).toBe(1);
      if (text !== 'sh\u200bit') expect(count(['shit'], text).hits, text).toBe(0);
    }
    expect(count(['坏话'], '坏*话', true).hits).toBe(1);
    expect(count(['坏话'], '坏*话').hits).toBe(0);
    expect(count(['100', 'sot'], 'in 507 of 100 cases', true).found).toEqual(['100']);
  });

  it('stays linear on hostile texts', () => {
    const finder = lexiconFinder(['a b c d e', 'ab', '汉汉汉汉'], true);
    for (const text of [
      'a '.repeat(1e5),
      'a'.repeat(2e5),
      '汉'.repeat(1e5),
      '$'.repeat(2e5),
      '\u0301'.repeat(2e5),
      '\ud800'.repeat(2e5),
    ]) {
      const start = performance.now();
      finder.count(text);
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });
});

describe('lexicon', () => {
  const plain = 'The committee met on Monday and talked about the water supply of the town. '.repeat(10);
  it('drops by density and number, in both languages and both Chinese scripts', async () => {
    const given = [
      plain,
      `${plain} fuck`,
      'fuck this shit, bitch',
      '操你妈的傻屄，做爱',
      '做愛，性愛，乳頭',
      '今天天气很好',
    ];
    const { documents, dropped } = await runStep('lexicon', { min_hits: 2 }, given);
    expect(documents.map(({ id }) => id)).toEqual(['d0', 'd1', 'd5']);
    expect(documents[1]!.meta).toMatchObject({ lexicon_hits: 1 });
    expect(dropped[0]).toMatchObject({
      id: 'd2',
      reason: 'listed-words',
      detail: '3 listed words in 4: 750.0 per 1000 > 3',
    });
  });

  it('never names the words it found', async () => {
    const { dropped } = await runStep('lexicon', { min_hits: 1, words: ['swordfish'], lists: [] }, [
      'swordfish swordfish',
    ]);
    expect(dropped[0]!.detail).not.toContain('swordfish');
  });

  it('takes lists from files, leaves entries out, marks by option', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'lexicon-')), 'list.txt');
    writeFileSync(path, '# comment\nalpha\nbeta gamma\n\n');
    const config = { lists: [], files: [path], except: ['ALPHA'], min_hits: 1, max_per_1000: 0, action: 'annotate' };
    const { documents, ledger } = await runStep('lexicon', config, ['alpha beta gamma', 'alpha']);
    expect(documents.map(({ meta }) => meta.lexicon_hits)).toEqual([1, 0]);
    expect(ledger.counters).toEqual({ 'above-limit': 1 });
    await expect(runStep('lexicon', { files: ['/nowhere.txt'] }, ['a'])).rejects.toMatchObject({ code: 'not-found' });
  });
});
