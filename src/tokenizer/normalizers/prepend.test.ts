import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('puts a text in front of what is not empty', () => {
  const prepend = checkedNormalizer({ type: 'Prepend', prepend: '▁x' });
  expect(prepend.normalize('ab')).toBe('▁xab');
  expect(prepend.normalize('')).toBe('');
  expect(placesOf(prepend, 'ab')).toBe('0-1 0-1 0-1 1-2');
  expect(() => checkedNormalizer({ type: 'Prepend' })).toThrow(/normalizer\.prepend: expected a string/);
});
