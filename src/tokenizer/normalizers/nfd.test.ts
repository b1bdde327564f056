import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('takes apart and puts marks in canonical order', () => {
  const nfd = checkedNormalizer({ type: 'NFD' });
  expect(nfd.normalize('\u1e69각ﬁ')).toBe('s\u0323\u0307\u1100\u1161\u11a8ﬁ');
  expect(nfd.normalize('a\u0345\u0301\u0323')).toBe('a\u0323\u0301\u0345');
  expect(placesOf(nfd, 'éx')).toBe('0-1 0-1 1-2');
});
