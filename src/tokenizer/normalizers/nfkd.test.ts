import { expect, it } from 'vitest';
import { checkedNormalizer } from '../testing/check-normalizer.ts';

it('replaces compatibility characters and takes apart', () => {
  expect(checkedNormalizer({ type: 'NFKD' }).normalize('ﬁé㍿ガ')).toBe('fie\u0301株式会社カ\u3099');
});
