import { defineRule } from './rule.ts';

/** OpenAI's frequency penalty: grows with the number of times a token was generated. */
export const frequencyPenalty = defineRule({
  name: 'frequency-penalty',
  phase: 'score',
  describe: 'Discourages tokens by how often they were generated.',
  active: (params) => params.frequency_penalty !== 0,
  apply(scores, params, seen) {
    for (const [id, count] of seen.generated) scores[id]! -= params.frequency_penalty * count;
  },
});
