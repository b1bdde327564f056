/** BertPreTokenizer: cuts at white space, which is dropped, and around every punctuation character. */
import { isPunctuation, isWhitespace } from '../characters/classes.ts';
import { definePreTokenizer } from '../hf/component.ts';
import { cuttingPreTokenizer } from './step.ts';

export const bertPreTokenizer = definePreTokenizer({
  name: 'bert-pre-tokenizer',
  type: 'BertPreTokenizer',
  read: () => cuttingPreTokenizer(cutBert, { type: 'BertPreTokenizer' }),
});

function cutBert(text: string): number[] {
  const spans: number[] = [];
  let start = 0;
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const next = i + (codePoint > 0xffff ? 2 : 1);
    const white = isWhitespace(codePoint);
    if (white || isPunctuation(codePoint)) {
      if (start < i) spans.push(start, i);
      if (!white) spans.push(i, next);
      start = next;
    }
    i = next;
  }
  if (start < text.length) spans.push(start, text.length);
  return spans;
}
