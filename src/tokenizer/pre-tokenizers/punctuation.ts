/** Punctuation: cuts at punctuation characters, by default around each. */
import { isPunctuation } from '../characters/classes.ts';
import { definePreTokenizer } from '../hf/component.ts';
import { characterMatches, readBehavior, splitSpans } from './spans.ts';
import { cuttingPreTokenizer } from './step.ts';

export const punctuation = definePreTokenizer({
  name: 'punctuation',
  type: 'Punctuation',
  read(json, place) {
    const behavior = readBehavior(json.behavior, `${place}.behavior`, 'Isolated');
    const cut = (text: string) => splitSpans(text.length, characterMatches(text, isPunctuation), behavior);
    return cuttingPreTokenizer(cut, { type: 'Punctuation', behavior });
  },
});
