import { defineRule } from './rule.ts';

/** Divides the scores by the temperature. The maximum is subtracted first, so that no temperature overflows. */
export const temperature = defineRule({
  name: 'temperature',
  phase: 'temperature',
  describe: 'Sharpens (< 1) or flattens (> 1) the distribution.',
  active: (params) => params.temperature !== 1 && params.temperature !== 0,
  apply(scores, params) {
    let max = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < scores.length; id++) if (scores[id]! > max) max = scores[id]!;
    for (let id = 0; id < scores.length; id++) scores[id] = (scores[id]! - max) / params.temperature;
  },
});
