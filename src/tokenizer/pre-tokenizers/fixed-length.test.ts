import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts every so many code points', () => {
  expect(checkedCut({ type: 'FixedLength', length: 2 })('a𠮷bcd')).toEqual(['a𠮷', 'bc', 'd']);
  expect(checkedCut({ type: 'FixedLength' })('abcdef')).toEqual(['abcde', 'f']);
  expect(() => checkedCut({ type: 'FixedLength', length: 0 })).toThrow(/pre_tokenizer\.length/);
});
