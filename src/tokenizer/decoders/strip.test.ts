import { describe, expect, it } from 'vitest';
import { decoded } from '../../../tests/helpers/decoded.ts';

const strip = (start: number, stop: number) => ({ type: 'Strip', content: ' ', start, stop });
const fused = (start: number, stop: number) => ({ type: 'Sequence', decoders: [{ type: 'Fuse' }, strip(start, stop)] });

describe('Strip decoder', () => {
  it('works on every token', () => {
    expect(decoded(strip(1, 0), ['  a ', ' b']).pushed).toEqual([' a ', 'b', '']);
    expect(decoded(strip(1, 1), ['  a  ', ' ', '']).pushed).toEqual([' a ', '', '', '']);
  });

  it('holds back only what may be the end of a long token', () => {
    expect(decoded(fused(2, 1), [' ', ' ', ' ', 'a ', ' ', 'b ', ' ']).pushed).toEqual([
      '',
      '',
      '',
      ' a',
      ' ',
      ' b',
      ' ',
      '',
    ]);
    expect(decoded(fused(2, 0), [' a', ' b']).text).toBe('a b');
  });

  it('refuses content of several characters', () => {
    expect(() => decoded({ type: 'Strip', content: 'ab' }, [])).toThrow(/decoder\.content: expected one character/);
  });
});
