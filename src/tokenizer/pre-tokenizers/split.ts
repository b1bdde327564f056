/** Split: cuts at the matches of a string or an expression, with five behaviours. */
import { booleanAt, definePreTokenizer } from '../hf/component.ts';
import { readPattern } from '../pattern.ts';
import type { PreTokenizerStep } from '../types.ts';
import { readBehavior, type SplitBehavior, splitSpans } from './spans.ts';

/** The step of a Split; what it cuts by stays readable for the fast path. */
export interface SplitStep extends PreTokenizerStep {
  readonly split: {
    /** The expression (Oniguruma syntax), or undefined for a string. */
    readonly source: string | undefined;
    /** The string, or undefined for an expression. */
    readonly literal: string | undefined;
    readonly behavior: SplitBehavior;
    readonly invert: boolean;
  };
}

export function isSplitStep(step: PreTokenizerStep): step is SplitStep {
  return 'split' in step;
}

export const split = definePreTokenizer({
  name: 'split',
  type: 'Split',
  read(json, place) {
    const pattern = readPattern(json.pattern, `${place}.pattern`);
    const behavior = readBehavior(json.behavior, `${place}.behavior`);
    const invert = booleanAt(json, 'invert', place, false);
    const step: SplitStep = {
      split: { source: pattern.source, literal: pattern.literal, behavior, invert },
      cut: (text) => splitSpans(text.length, pattern.matches(text), behavior, invert),
    };
    return { steps: [step], toJSON: () => ({ type: 'Split', pattern: pattern.json, behavior, invert }) };
  },
});
