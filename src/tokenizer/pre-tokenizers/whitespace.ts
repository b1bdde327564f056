/** Whitespace: words, and what is neither word nor white space: the matches of `\w+|[^\w\s]+`; white space is dropped. */
import { isWhitespace, isWord } from '../characters/classes.ts';
import { definePreTokenizer } from '../hf/component.ts';
import { cuttingPreTokenizer } from './step.ts';

export const whitespace = definePreTokenizer({
  name: 'whitespace',
  type: 'Whitespace',
  read: () => cuttingPreTokenizer(cutWords, { type: 'Whitespace' }),
});

function cutWords(text: string): number[] {
  const spans: number[] = [];
  let start = 0;
  let kind = 0; // of the piece under way: 0 none, 1 word, 2 other
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const now = isWhitespace(codePoint) ? 0 : isWord(codePoint) ? 1 : 2;
    if (now !== kind) {
      if (kind !== 0) spans.push(start, i);
      start = i;
      kind = now;
    }
    i += codePoint > 0xffff ? 2 : 1;
  }
  if (kind !== 0) spans.push(start, text.length);
  return spans;
}
