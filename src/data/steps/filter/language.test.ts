import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runStep } from '../../testing/run-step.ts';

const { lines } = JSON.parse(
  readFileSync(new URL('../../language/golden/udhr-lines.json', import.meta.url), 'utf8'),
) as { lines: Record<string, string[]> };
const text = (language: string) => lines[language]!.join('\n');

describe('language', () => {
  it('annotates, and drops nothing by default', async () => {
    const { documents, ledger } = await runStep('language', {}, [text('en'), text('zh-Hans'), text('zh-Hant'), '123']);
    expect(documents.map(({ meta }) => meta.language)).toEqual(['en', 'zh-Hans', 'zh-Hant', 'und']);
    expect(documents[0]!.meta.language_score).toBeGreaterThan(0.9);
    expect(ledger.counters).toMatchObject({ en: 1, 'zh-Hans': 1 });
  });

  it('keeps the languages asked for, and says why others go', async () => {
    const given = [text('en'), text('zh-Hans'), text('zh-Hant'), text('ru'), 'ok'];
    const { documents, dropped } = await runStep('language', { languages: ['zh', 'en'], min_score: 0.9 }, given);
    expect(documents.map(({ id }) => id).slice(0, 3)).toEqual(['d0', 'd1', 'd2']);
    expect(dropped[0]).toMatchObject({ id: 'd3', reason: 'other-language' });
    expect(dropped[0]!.detail).toMatch(/^language ru \(\d\.\d\d\), wanted zh, en$/);
    expect((await runStep('language', { languages: ['zh-TW'] }, given)).documents.map(({ id }) => id)).toEqual(['d2']);
  });

  it('leaves a language that meta has, by option; refuses unknown ones', async () => {
    const given = [{ text: text('en'), meta: { language: 'en-GB' } }];
    expect((await runStep('language', { overwrite: false }, given)).documents[0]!.meta.language).toBe('en-GB');
    await expect(runStep('language', { languages: ['klingon'] }, given)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('language-consistency', () => {
  it('compares with what the document declares', async () => {
    const given = [
      { text: text('de'), meta: { html_lang: 'de-AT' } },
      { text: text('de'), meta: { html_lang: 'en' } },
      { text: text('zh-Hant'), meta: { language: 'zh' } },
      { text: text('zh-Hant'), meta: { language: 'zh-CN' } },
      { text: text('fr'), meta: {} },
      { text: 'ok', meta: { language: 'fr' } },
    ];
    const { documents, dropped, ledger } = await runStep('language-consistency', {}, given);
    expect(documents.map(({ id }) => id)).toEqual(['d0', 'd2', 'd4', 'd5']);
    expect(dropped.map(({ detail }) => detail)).toEqual([
      'declared en, found de (100 %)',
      'declared zh-CN, found zh-Hant (100 %)',
    ]);
    expect(ledger.counters).toEqual({ 'too-little-text': 1 });
    const marked = await runStep('language-consistency', { mismatch: 'annotate' }, given);
    expect(marked.documents).toHaveLength(6);
    expect(marked.ledger.counters['language-mismatch']).toBe(2);
  });

  it('measures the share of other languages', async () => {
    const mixed = `${text('en')}\n\n${text('es')}`;
    const { dropped } = await runStep('language-consistency', {}, [mixed]);
    expect(dropped[0]).toMatchObject({ reason: 'mixed-languages' });
    const { documents } = await runStep('language-consistency', { max_foreign: 0.6 }, [mixed]);
    const mix = documents[0]!.meta.language_mix as Record<string, number>;
    expect(Object.keys(mix).sort()).toEqual(['en', 'es']);
    expect(mix.en! + mix.es!).toBeCloseTo(1, 3);
    expect(documents[0]!.meta.language_foreign).toBeCloseTo(Math.min(mix.en!, mix.es!), 3);
  });
});
