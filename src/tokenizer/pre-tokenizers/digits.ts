/** Digits: cuts numbers from the rest, or every digit on its own. Digits are all numeric characters, also ² and Ⅷ. */
import { isNumeric } from '../characters/classes.ts';
import { booleanAt, definePreTokenizer } from '../hf/component.ts';
import { characterMatches, splitSpans } from './spans.ts';
import { cuttingPreTokenizer } from './step.ts';

export const digits = definePreTokenizer({
  name: 'digits',
  type: 'Digits',
  read(json, place) {
    const individual = booleanAt(json, 'individual_digits', place, false);
    const behavior = individual ? 'Isolated' : 'Contiguous';
    const cut = (text: string) => splitSpans(text.length, characterMatches(text, isNumeric), behavior);
    return cuttingPreTokenizer(cut, { type: 'Digits', individual_digits: individual });
  },
});
