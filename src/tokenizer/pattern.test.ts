import { expect, it } from 'vitest';
import { readPattern } from './pattern.ts';

it('strings and expressions; empty matches as Oniguruma counts them', () => {
  expect(readPattern({ String: 'a.' }, 'p').matches('a.aab')).toEqual([0, 2]);
  expect(readPattern({ Regex: 'a.' }, 'p').matches('a.aab')).toEqual([0, 2, 2, 4]);
  expect(readPattern({ Regex: 'b*' }, 'p').matches('abbc')).toEqual([0, 0, 1, 3, 4, 4]);
  expect(readPattern({ String: '' }, 'p').matches('a𠮷')).toEqual([0, 0, 1, 1, 3, 3]);
  for (const pattern of [{ String: '' }, { Regex: '^' }]) expect(readPattern(pattern, 'p').matches('')).toEqual([]);
  expect(() => readPattern(null, 'p')).toThrow(/p: expected/);
});
