import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('drops controls and writes spaces for odd blanks', () => {
  const nmt = checkedNormalizer({ type: 'Nmt' });
  expect(nmt.normalize('a\u0001b\u000bc\nd\u200be▁f\u0085g\u00a0h')).toBe('abc d e f\u0085g\u00a0h');
  expect(placesOf(nmt, '\u0001\u0002a\u0003b')).toBe('2-3 4-5');
});
