import { describe, expect, it } from 'vitest';
import { compareCodePoints, digamma } from './learn.ts';

describe('digamma', () => {
  it('has its known values', () => {
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 9);
    expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 9);
    expect(digamma(1e6)).toBeCloseTo(13.815510057964191, 9);
    for (const x of [0.3, 2.7, 6.9, 7.1, 50]) expect(digamma(x + 1)).toBeCloseTo(digamma(x) + 1 / x, 9);
  });
});

describe('compareCodePoints', () => {
  it('is the order of the bytes', () => {
    const texts = ['a', 'ab', 'b', 'é', '中', '\ue000', '\uffff', '😀', '😀a', '\u{10ffff}', ''];
    const bytes = (text: string) =>
      [...new TextEncoder().encode(text)].map((byte) => String.fromCharCode(byte)).join('');
    const byBytes = [...texts].sort((a, b) => (bytes(a) < bytes(b) ? -1 : 1));
    expect([...texts].sort(compareCodePoints)).toEqual(byBytes);
  });
});
