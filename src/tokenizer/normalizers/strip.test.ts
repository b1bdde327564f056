import { describe, expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

describe('Strip', () => {
  it.each([
    [true, true, 'a b'],
    [true, false, 'a b \u3000'],
    [false, true, '\u00a0\n a b'],
  ])('left %s, right %s', (left, right, expected) => {
    const strip = checkedNormalizer({ type: 'Strip', strip_left: left, strip_right: right });
    expect(strip.normalize('\u00a0\n a b \u3000')).toBe(expected);
    expect(strip.normalize(' \t')).toBe(left || right ? '' : ' \t');
  });

  it('what is left keeps its place', () => {
    expect(placesOf(checkedNormalizer({ type: 'Strip' }), '  ab ')).toBe('2-3 3-4');
  });
});
