import { defineRule } from './rule.ts';

/** OpenAI's logit_bias: ±100 in effect forces or bans a token. Ids outside the vocabulary are refused by the engine. */
export const logitBias = defineRule({
  name: 'logit-bias',
  phase: 'score',
  describe: 'Adds a number to the scores of given tokens.',
  active: (params) => Object.keys(params.logit_bias).length > 0,
  apply(scores, params) {
    for (const [id, bias] of Object.entries(params.logit_bias)) scores[Number(id)]! += bias;
  },
});
