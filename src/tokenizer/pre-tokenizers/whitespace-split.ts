/** WhitespaceSplit: cuts at white space and drops it. */
import { isWhitespace } from '../characters/classes.ts';
import { definePreTokenizer } from '../hf/component.ts';
import { characterMatches, splitSpans } from './spans.ts';
import { cuttingPreTokenizer } from './step.ts';

export const whitespaceSplit = definePreTokenizer({
  name: 'whitespace-split',
  type: 'WhitespaceSplit',
  read: () =>
    cuttingPreTokenizer((text) => splitSpans(text.length, characterMatches(text, isWhitespace), 'Removed'), {
      type: 'WhitespaceSplit',
    }),
});
