import { expect, it } from 'vitest';
import { readNormalizer } from './read.ts';

it('null is no normalizer; another type is an error that names what there is', () => {
  expect(readNormalizer(null)).toBeUndefined();
  expect(() => readNormalizer({ type: 'Bert' })).toThrow(
    expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('BertNormalizer') }),
  );
});
