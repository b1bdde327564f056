import { describe, expect, it } from 'vitest';
import { compileRegex } from '../regex/matcher.ts';
import { toFancyRegex, toOniguruma } from './pattern.ts';

describe('patterns of tiktoken', () => {
  it.each([
    ['\\s++$|\\s', '\\s++\\z|\\s'],
    ['^a', '\\Aa'],
    ['[^$]$', '[^$]\\z'],
    ['\\p{N}{1,3}+|a', '\\p{N}{1,3}|a'],
    ['\\p{N}{2}+', '\\p{N}{2}'],
    ['\\$\\^\\x{41}+', '\\$\\^\\x{41}+'],
    ['[[a-z]&&[^$]]$', '[[a-z]&&[^$]]\\z'],
    ['\\w', '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]'],
    ['[\\w-]', '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}-]'],
  ])('%s is %s in Oniguruma', (pattern, expected) => expect(toOniguruma(pattern)).toBe(expected));

  it('cut texts in the same places', () => {
    const texts = ['a1234 \n\n b', '  ', 'x\n', '\u200dab_ é\u0301', "I'M  fine\n ", '12345'];
    for (const pattern of [
      '\\p{N}{1,3}+|\\s++$|\\s+(?!\\S)|\\s|\\w+|.',
      "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
    ]) {
      const fancy = compileRegex(pattern, 'pattern', 'fancy-regex');
      const oniguruma = compileRegex(toOniguruma(pattern), 'pattern');
      for (const text of texts) expect(oniguruma.matches(text), text).toEqual(fancy.matches(text));
    }
  });

  it('and back', () => {
    expect(toFancyRegex('a$|[^$]+\\z')).toBe('a(?m:$)|[^$]+\\z');
    expect(() => toFancyRegex('a{1,2}+')).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => toOniguruma('a{1,2}+a')).toThrow(/possessive repeat/);
  });
});
