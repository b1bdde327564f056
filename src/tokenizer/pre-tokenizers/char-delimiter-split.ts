/** CharDelimiterSplit: cuts at one character and drops it. */
import { badFile, definePreTokenizer, stringAt } from '../hf/component.ts';
import { literalMatcher } from '../regex/matcher.ts';
import { splitSpans } from './spans.ts';
import { cuttingPreTokenizer } from './step.ts';

export const charDelimiterSplit = definePreTokenizer({
  name: 'char-delimiter-split',
  type: 'CharDelimiterSplit',
  read(json, place) {
    const delimiter = stringAt(json, 'delimiter', place);
    if ([...delimiter].length !== 1) throw badFile(`${place}.delimiter`, 'expected one character', delimiter);
    const matcher = literalMatcher(delimiter);
    const cut = (text: string) => splitSpans(text.length, matcher.matches(text), 'Removed');
    return cuttingPreTokenizer(cut, { type: 'CharDelimiterSplit', delimiter });
  },
});
