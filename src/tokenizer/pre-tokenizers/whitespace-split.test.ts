import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts at all white space of Unicode and nothing else', () => {
  const cut = checkedCut({ type: 'WhitespaceSplit' });
  expect(cut(' a,b\u3000c\u0085d\u200be\ufefff\u180eg ')).toEqual(['a,b', 'c', 'd\u200be\ufefff\u180eg']);
});
