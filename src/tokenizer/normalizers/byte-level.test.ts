import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('writes the bytes of every character in its place', () => {
  const byteLevel = checkedNormalizer({ type: 'ByteLevel' });
  expect(byteLevel.normalize('a é中𠮷\n')).toBe('aĠÃ©ä¸ŃðłĭĩĊ'.replace('ðłĭĩ', 'ðł®·'));
  expect(placesOf(byteLevel, 'a中')).toBe('0-1 1-2 1-2 1-2');
});
