import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts words from other signs and drops white space', () => {
  expect(checkedCut({ type: 'Whitespace' })("it's x_1 --\u3000中文。\u200d")).toEqual([
    'it',
    "'",
    's',
    'x_1',
    '--',
    '中文',
    '。',
    '\u200d',
  ]);
});
