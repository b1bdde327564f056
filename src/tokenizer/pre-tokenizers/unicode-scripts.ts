/**
 * UnicodeScripts: cuts where the script changes, as SentencePiece's trainer does; kana count as Han. Spaces and what has
 * no script go with what is before them; before the first script there is nothing, and they are dropped (as in HF).
 */
import { scriptOf } from '../characters/classes.ts';
import { definePreTokenizer } from '../hf/component.ts';
import { cuttingPreTokenizer } from './step.ts';

export const unicodeScripts = definePreTokenizer({
  name: 'unicode-scripts',
  type: 'UnicodeScripts',
  read: () => cuttingPreTokenizer(cutScripts, { type: 'UnicodeScripts' }),
});

function cutScripts(text: string): number[] {
  const spans: number[] = [];
  let start = 0;
  let last = 0;
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const script = scriptOf(codePoint);
    if (script !== 0 && script !== last) {
      if (last !== 0) spans.push(start, i);
      start = i;
      last = script;
    }
    i += codePoint > 0xffff ? 2 : 1;
  }
  if (last !== 0) spans.push(start, text.length);
  return spans;
}
