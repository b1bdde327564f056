import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it.each([
  [undefined, ['a', '!', '?', 'b', '。']],
  ['Removed', ['a', 'b']],
  ['Contiguous', ['a', '!?', 'b', '。']],
  ['MergedWithPrevious', ['a!', '?', 'b。']],
  ['MergedWithNext', ['a', '!', '?b', '。']],
])('%s', (behavior, expected) => expect(checkedCut({ type: 'Punctuation', behavior })('a!?b。')).toEqual(expected));
