import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('composes, and a composed character keeps the place of its first part', () => {
  const nfc = checkedNormalizer({ type: 'NFC' });
  expect(nfc.normalize('e\u0301\u1100\u1161\u11a8ﬁ')).toBe('é각ﬁ');
  expect(placesOf(nfc, 'e\u0301x')).toBe('0-1 2-3');
});
