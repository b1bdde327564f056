import { defineRule } from './rule.ts';

/** OpenAI's presence penalty: the same amount off every token that was generated at least once. */
export const presencePenalty = defineRule({
  name: 'presence-penalty',
  phase: 'score',
  describe: 'Discourages tokens that were generated already.',
  active: (params) => params.presence_penalty !== 0,
  apply(scores, params, seen) {
    for (const id of seen.generated.keys()) scores[id]! -= params.presence_penalty;
  },
});
