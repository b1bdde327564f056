import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts at one character', () => {
  expect(checkedCut({ type: 'CharDelimiterSplit', delimiter: '𠮷' })('a𠮷𠮷b𠮷')).toEqual(['a', 'b']);
  expect(() => checkedCut({ type: 'CharDelimiterSplit', delimiter: 'ab' })).toThrow(/expected one character/);
});
