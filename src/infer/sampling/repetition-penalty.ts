import { defineRule } from './rule.ts';

/** CTRL's penalty (Keskar et al. 2019, eq. 1.4.1), as Hugging Face: positive scores are divided, negative multiplied. */
export const repetitionPenalty = defineRule({
  name: 'repetition-penalty',
  phase: 'repetition',
  describe: 'Discourages tokens of the prompt and of the answer so far.',
  active: (params) => params.repetition_penalty !== 1,
  apply(scores, params, seen) {
    const penalize = (id: number) => {
      const score = scores[id]!;
      scores[id] = score > 0 ? score / params.repetition_penalty : score * params.repetition_penalty;
    };
    for (const id of seen.prompt) penalize(id);
    for (const id of seen.generated.keys()) if (!seen.prompt.has(id)) penalize(id);
  },
});
