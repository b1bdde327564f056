import { expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

it('does one after the other', () => {
  const normalizers = [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Prepend', prepend: '▁' }];
  const sequence = checkedNormalizer({ type: 'Sequence', normalizers });
  expect(sequence.normalize('É')).toBe('▁E');
  expect(placesOf(sequence, 'É')).toBe('0-1 0-1');
  expect(() => checkedNormalizer({ type: 'Sequence', normalizers: [{ type: 'Nope' }] })).toThrow(
    /normalizer\.normalizers\[0\]\.type: unknown normalizer 'Nope'/,
  );
});
