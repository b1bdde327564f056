import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('knows no final sigma and no locale', () => {
  const lowercase = checkedNormalizer({ type: 'Lowercase' });
  expect(lowercase.normalize('ΌΣΟΣ ΣΑΣ ẞ Ǆ')).toBe('όσοσ σασ ß ǆ');
  expect(lowercase.normalize('İ')).toBe('i\u0307');
  expect(lowercase.normalize('\ua7cb\u1c89\u{10d50}')).toBe('\u0264\u1c8a\u{10d70}');
  expect(placesOf(lowercase, 'İX')).toBe('0-1 0-1 1-2');
});
