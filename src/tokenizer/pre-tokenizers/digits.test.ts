import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts numbers, or every digit; digits are all numeric characters', () => {
  expect(checkedCut({ type: 'Digits' })('a12½b٣')).toEqual(['a', '12½', 'b', '٣']);
  expect(checkedCut({ type: 'Digits', individual_digits: true })('a12½一')).toEqual(['a', '1', '2', '½', '一']);
});
