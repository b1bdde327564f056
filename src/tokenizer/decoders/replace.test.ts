import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const literal = (needle: string, content: string) => ({ type: 'Replace', pattern: { String: needle }, content });
const fused = (json: object) => ({ type: 'Sequence', decoders: [{ type: 'Fuse' }, json] });

describe('Replace decoder', () => {
  it('replaces within tokens, or across them after Fuse', () => {
    expect(decoded(literal('ab', '$&'), ['ab', 'a', 'b']).text).toBe('$&ab');
    expect(decoded(fused(literal('ab', '-')), ['ab', 'a', 'b', 'a']).pushed).toEqual(['-', '', '-', '', 'a']);
    expect(decoded(literal('', '-'), ['ab😀', '']).text).toBe('-a-b-😀-');
  });

  it('is the same in one piece and in many, for any needle', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 4 }),
        fc.array(text),
        (needle, tokens) => {
          const { text: whole, pushed } = decoded(fused(literal(needle, '<>')), tokens);
          expect(whole).toBe(tokens.join('').replaceAll(needle, '<>'));
          expect(pushed.join('')).toBe(whole);
        },
      ),
    );
  });

  it('matches regular expressions on whole tokens', () => {
    const regex = { type: 'Replace', pattern: { Regex: ' +(?=a)' }, content: '' };
    expect(decoded(regex, ['  a', ' ', 'a']).pushed).toEqual(['a', ' ', 'a', '']);
    expect(decoded(fused(regex), ['  a', ' ', 'a']).pushed).toEqual(['', '', '', 'aa']);
  });

  it('refuses other patterns', () => {
    expect(() => decoded({ type: 'Replace', pattern: 'x', content: '' }, [])).toThrow(/decoder\.pattern/);
  });
});
