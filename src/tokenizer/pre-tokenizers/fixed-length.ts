/** FixedLength: pieces of so many characters (code points), the last one shorter. */
import { badFile, countAt, definePreTokenizer } from '../hf/component.ts';
import { cuttingPreTokenizer } from './step.ts';

export const fixedLength = definePreTokenizer({
  name: 'fixed-length',
  type: 'FixedLength',
  read(json, place) {
    const length = countAt(json, 'length', place, 5);
    if (length === 0) throw badFile(`${place}.length`, 'expected a whole number from 1', length);
    return cuttingPreTokenizer((text) => cutEvery(text, length), { type: 'FixedLength', length });
  },
});

function cutEvery(text: string, length: number): number[] {
  const spans: number[] = [];
  let start = 0;
  let count = 0;
  for (let i = 0; i < text.length; ) {
    i += text.codePointAt(i)! > 0xffff ? 2 : 1;
    if (++count === length) {
      spans.push(start, i);
      start = i;
      count = 0;
    }
  }
  if (start < text.length) spans.push(start, text.length);
  return spans;
}
