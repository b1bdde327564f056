import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts at white space and around punctuation, which is also $ and ^ but no symbol beyond ASCII', () => {
  const cut = checkedCut({ type: 'BertPreTokenizer' });
  expect(cut('Hey, you\u00a0$5!?')).toEqual(['Hey', ',', 'you', '$', '5', '!', '?']);
  expect(cut('a€b。c\u2e43d')).toEqual(['a€b', '。', 'c\u2e43d']); // U+2E43 is newer than Unicode 8
});
