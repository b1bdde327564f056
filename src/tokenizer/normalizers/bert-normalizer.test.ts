import { describe, expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

describe('BertNormalizer', () => {
  it('cleans, spaces Chinese characters, drops accents, lowers', () => {
    const bert = checkedNormalizer({ type: 'BertNormalizer' });
    expect(bert.normalize('Héllo\u0000\u00ad\tWÖRLD中文')).toBe('hello world 中  文 ');
    expect(placesOf(bert, '中é')).toBe('0-1 0-1 0-1 1-2');
  });

  it.each([
    [{ strip_accents: false }, 'É中', 'é 中 '],
    [{ lowercase: false }, 'É\u0301x', 'É\u0301x'],
    [{ lowercase: false, strip_accents: true }, 'É', 'E'],
    [{ handle_chinese_chars: false, clean_text: false }, 'A\u0007中\u2003', 'a\u0007中\u2003'],
  ])('%j', (options, text, expected) => {
    expect(checkedNormalizer({ type: 'BertNormalizer', ...options }).normalize(text)).toBe(expected);
  });

  it('refuses other values', () => {
    expect(() => checkedNormalizer({ type: 'BertNormalizer', strip_accents: 'yes' })).toThrow(
      /normalizer\.strip_accents: expected true, false or null/,
    );
  });
});
