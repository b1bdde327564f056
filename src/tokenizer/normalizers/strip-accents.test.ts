import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('drops marks, but takes nothing apart', () => {
  const stripAccents = checkedNormalizer({ type: 'StripAccents' });
  expect(stripAccents.normalize('e\u0301é\u0915\u093f\u20dd')).toBe('eé\u0915');
  expect(placesOf(stripAccents, '\u0301e\u0301x')).toBe('1-2 3-4');
});
