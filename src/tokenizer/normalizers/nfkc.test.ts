import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('replaces compatibility characters and composes', () => {
  const nfkc = checkedNormalizer({ type: 'NFKC' });
  expect(nfkc.normalize('ﬁ①％ㄱㅏｶﾞ')).toBe('fi1%가ガ');
  expect(placesOf(nfkc, 'ﬁ\u0301')).toBe('0-1 1-2'); // í replaces the accent
});
