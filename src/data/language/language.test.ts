import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLanguages } from './check.ts';
import { chineseScript } from './chinese.ts';
import { languageIdentifier, matchesLanguage, normalizeTag } from './identify.ts';
import { languageMix } from './mix.ts';
import { sampleText } from './sample.ts';

const golden = JSON.parse(readFileSync(new URL('./golden/udhr-lines.json', import.meta.url), 'utf8')) as {
  lines: Record<string, string[]>;
};
const identifier = languageIdentifier();
const found = (text: string) => identifier.identify(text).language;

/** Any UTF-16 units, halves of pairs too. */
const anyString = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));

describe('languageIdentifier', () => {
  it('knows 32 languages by single lines of a text that it was not trained on', () => {
    const wrong: string[] = [];
    let lines = 0;
    for (const [language, texts] of Object.entries(golden.lines))
      for (const text of texts) {
        lines++;
        if (!matchesLanguage(found(text), language)) wrong.push(`${language} taken for ${found(text)}: ${text}`);
      }
    expect(lines).toBeGreaterThan(80);
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(2);
  });

  it('knows scripts that one language uses, also ones that the model was not trained on', () => {
    expect(['ສະບາຍດີ', 'សួស្តី', 'မင်္ဂလာပါ', 'ሰላም ለዓለም', 'ഹലോ ലോകം', 'Γειά σου κόσμε'].map(found)).toEqual([
      'lo',
      'km',
      'my',
      'am',
      'ml',
      'el',
    ]);
  });

  it('tells Simplified from Traditional where a character tells, and says zh where none does', () => {
    expect(['这是简体中文', '這是繁體中文', '你好'].map(found)).toEqual(['zh-Hans', 'zh-Hant', 'zh']);
    expect(chineseScript('发發')).toBe('zh');
  });

  it('tells Japanese from Chinese', () => {
    expect(found('今日は天気がいいですね')).toBe('ja');
    expect(found('春眠不觉晓，处处闻啼鸟')).toBe('zh-Hans');
  });

  it('is not misled by addresses and Roman numbers, and finds nothing in none', () => {
    expect(found('Siehe https://www.example.com/this/is/an/english/path für weitere Angaben dazu')).toBe('de');
    expect(['', '  \n', '12345 !!!', '😀😀', 'https://example.com/a', 'XVIII'].map(found)).toEqual(
      Array.from({ length: 6 }, () => 'und'),
    );
  });

  it('takes any string, in bounded time', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const { score } = identifier.identify(text);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1.000001);
      }),
      { numRuns: 200, seed: 4 },
    );
    for (const text of ['a', ' ', '汉', '\ud800', '@', 'w.', 'é\u0301', '<'].map((unit) => unit.repeat(1e6))) {
      const start = performance.now();
      identifier.identify(text);
      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});

describe('language tags', () => {
  it('are compared by language, script and the usual regions', () => {
    expect(['EN_us', 'zh-TW', 'zh-cn', 'zh-Hant-HK', 'nb-NO', 'iw'].map(normalizeTag)).toEqual([
      'en',
      'zh-hant',
      'zh-hans',
      'zh-hant',
      'no',
      'he',
    ]);
    expect(matchesLanguage('zh-Hant', 'zh')).toBe(true);
    expect(matchesLanguage('zh-Hant', 'zh-CN')).toBe(false);
    expect(matchesLanguage('zh', 'zh-Hant')).toBe(true);
    expect(matchesLanguage('en', 'de')).toBe(false);
  });

  it('are checked', () => {
    expect(() => checkLanguages(['englsh'], identifier, 'languages')).toThrow(/unknown language 'englsh'/);
    expect(() => checkLanguages(['en', 'zh-TW', 'nb'], identifier, 'languages')).not.toThrow();
  });
});

describe('languageMix', () => {
  const english = golden.lines.en!.join(' ');
  const chinese = golden.lines['zh-Hans']!.join('');
  it('shares the letters out by paragraph, and leaves short pieces out', () => {
    const options = { by: 'paragraph', min_letters: 20, min_score: 0.5 } as const;
    const mix = languageMix(`${english}\n\n${chinese}\n\nBonjour`, identifier, options);
    expect(mix.shares.map(({ language }) => language).sort()).toEqual(['en', 'zh-Hans']);
    expect(mix.foreign).toBeCloseTo(1 - mix.shares[0]!.share, 10);
    expect(languageMix('', identifier, options)).toEqual({ shares: [], foreign: 0 });
  });

  it('sees a foreign sentence inside a paragraph by sentence only', () => {
    const text = `${english} ${golden.lines.fr![0]!}`;
    const by = (by: 'paragraph' | 'sentence') =>
      languageMix(text, identifier, { by, min_letters: 20, min_score: 0.5 }).shares.map(({ language }) => language);
    expect(by('paragraph')).toEqual(['en']);
    expect(by('sentence')).toContain('fr');
  });
});

describe('sampleText', () => {
  it('leaves short texts alone, and takes slices from begin to end of long ones', () => {
    expect(sampleText('short', 100)).toBe('short');
    const long = Array.from({ length: 10_000 }, (_, i) => `w${i}`).join(' ');
    const sample = sampleText(long, 800);
    expect(sample.length).toBeLessThanOrEqual(810);
    expect(sample.startsWith('w0 ')).toBe(true);
    expect(sample).toContain('w9999');
    const words = new Set(long.split(' '));
    expect(sample.split(/\s/).filter((word) => !words.has(word)).length).toBe(0);
  });
});
