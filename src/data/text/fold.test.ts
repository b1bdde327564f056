import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from './fold.ts';

/** The same by regular expressions. */
function reference(text: string): string {
  const spaceless = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}]';
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
    .replace(new RegExp(`(?<=${spaceless}) | (?=${spaceless})`, 'gu'), '');
}

describe('folding', () => {
  it('drops spaces where the script has none, keeps them between words', () => {
    expect(foldText('　床前 明月光，\n疑是 GPT-2 地上霜。', 'loose')).toBe('床前明月光疑是gpt 2地上霜');
    expect(foldText('ＡＢＣ  Def', 'loose')).toBe('abc def');
    expect(foldText(' a\u00a0 b\n', 'whitespace')).toBe('a b');
    expect(foldText(' a  b\n', 'none')).toBe(' a  b\n');
    expect(foldText(' …!', 'loose')).toBe('');
  });

  it('is what normalisation and regular expressions give', () => {
    const awkward = [
      ...[
        'é',
        'e\u0301',
        'ﬁ',
        '½',
        'Σας',
        'ΟΔΟΣ',
        'İ',
        'ﷺ',
        '한',
        '\u1112\u1161\u11ab',
        'ㄱ',
        'ｶﾞ',
        'が',
        'Å',
        '①',
        '㎏',
        '𝐀',
        '𝚺',
      ],
      ...[
        'नमस्ते',
        'ภาษาไทย',
        'שָׁלוֹם',
        'العَرَبِيَّة',
        '𠮷',
        '😀',
        '\ud800',
        '\udc00',
        '\u200d',
        '´',
        'ー',
        '々',
        ' ',
        ',',
        'x',
        '月',
      ],
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 3 })), {
          maxLength: 20,
        }),
        (parts) => {
          const text = parts.join('');
          expect(foldText(text, 'loose')).toBe(reference(text));
          expect(foldText(text, 'whitespace')).toBe(text.replace(/\s+/gu, ' ').trim());
        },
      ),
      { seed: 3, numRuns: 2000 },
    );
    for (let point = 0; point < 0x30000; point += 17)
      for (const text of [`a${String.fromCodePoint(point)}b`, `月 ${String.fromCodePoint(point, 0x301)}`])
        if (foldText(text, 'loose') !== reference(text)) expect.fail(`U+${point.toString(16)}`);
  });

  it('is linear', () => {
    for (const hostile of ['a', ' ', '\u0301', 'a\u0316\u0301', '\u0301\u0316', 'ﷺ', '\u1100', 'Σ', '😀']) {
      const started = performance.now();
      foldText(hostile.repeat(100_000), 'loose');
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });
});
