import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts the pieces of the one before', () => {
  const pretokenizers = [{ type: 'WhitespaceSplit' }, { type: 'Punctuation' }, { type: 'ByteLevel', use_regex: false }];
  expect(checkedCut({ type: 'Sequence', pretokenizers })('a b,c')).toEqual(['Ġa', 'Ġb', 'Ġ,', 'Ġc']);
  expect(checkedCut({ type: 'Sequence', pretokenizers: [] })('a b')).toEqual(['a b']);
  expect(() => checkedCut({ type: 'Sequence' })).toThrow(/pre_tokenizer\.pretokenizers: expected a list/);
});
