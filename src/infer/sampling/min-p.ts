import { defineRule } from './rule.ts';

/** Min-p (Nguyen et al. 2024, "Turning up the heat"): the bar is a share of the most likely token's probability. */
export const minP = defineRule({
  name: 'min-p',
  phase: 'truncation',
  describe: 'Drops tokens less likely than a share of the most likely one.',
  active: (params) => params.min_p > 0,
  apply(scores, params) {
    let max = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < scores.length; id++) if (scores[id]! > max) max = scores[id]!;
    const bar = max + Math.log(params.min_p);
    for (let id = 0; id < scores.length; id++)
      if (scores[id]! < bar && scores[id] !== max) scores[id] = Number.NEGATIVE_INFINITY;
  },
});
