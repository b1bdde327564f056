/** Strip: white space off the ends. */
import { isWhitespace } from '../characters/classes.ts';
import { booleanAt, defineNormalizer } from '../hf/component.ts';

/** The part between the white space at the ends, which is all in the BMP. */
function bounds(text: string, left: boolean, right: boolean): [start: number, end: number] {
  let start = 0;
  let end = text.length;
  if (left) while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  if (right) while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return [start, end];
}

export const strip = defineNormalizer({
  name: 'strip',
  type: 'Strip',
  read(json, place) {
    const left = booleanAt(json, 'strip_left', place, true);
    const right = booleanAt(json, 'strip_right', place, true);
    return {
      normalize: (text) => text.slice(...bounds(text, left, right)),
      align: (text) => text.trim(...bounds(text.text, left, right)),
      toJSON: () => ({ type: 'Strip', strip_left: left, strip_right: right }),
    };
  },
});
