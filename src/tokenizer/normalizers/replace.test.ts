import { describe, expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

const replace = (pattern: object, content: string) => checkedNormalizer({ type: 'Replace', pattern, content });

describe('Replace', () => {
  it('a string, and the content is no template', () => {
    expect(replace({ String: '.' }, '$&').normalize('a.b')).toBe('a$&b');
  });

  it('an expression; the content stands in the last character that it replaces', () => {
    const spaces = replace({ Regex: ' {2,}' }, '▁');
    expect(spaces.normalize('a   b c')).toBe('a▁b c');
    expect(placesOf(spaces, 'a   b')).toBe('0-1 3-4 4-5');
  });

  it('empty matches count, as in Oniguruma', () => {
    expect(replace({ String: '' }, '-').normalize('a𠮷')).toBe('-a-𠮷-');
    expect(replace({ Regex: 'b*' }, 'x').normalize('abbc')).toBe('xaxcx');
    expect(replace({ Regex: '^' }, 'x').normalize('')).toBe('');
  });

  it('refuses a pattern of another form', () => {
    expect(() => replace({ Glob: '*' }, '')).toThrow(/normalizer\.pattern: expected \{"Regex"/);
  });
});
