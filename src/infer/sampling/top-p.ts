import { logSumExp, selectTop } from '../select-top.ts';
import { defineRule } from './rule.ts';

/**
 * Nucleus sampling (Holtzman et al. 2020, "The curious case of neural text degeneration"): keeps the smallest set of
 * most likely tokens whose probability is at least p. Takes the top 64 first and widens only when they do not reach p,
 * because sorting a whole vocabulary costs more than a decoding step of a small model.
 */
export const topP = defineRule({
  name: 'top-p',
  phase: 'truncation',
  describe: 'Keeps the most likely tokens that together have probability p.',
  active: (params) => params.top_p < 1,
  apply(scores, params) {
    const total = logSumExp(scores);
    for (let k = 64; ; k *= 8) {
      const top = selectTop(scores, k);
      let mass = 0;
      let count = 0;
      while (count < top.length && (count === 0 || mass < params.top_p))
        mass += Math.exp(scores[top[count++]!]! - total);
      if (mass < params.top_p && k < scores.length) continue;
      const kept = top.slice(0, count).map((id) => [id, scores[id]!] as const);
      scores.fill(Number.NEGATIVE_INFINITY);
      for (const [id, score] of kept) scores[id] = score;
      return;
    }
  },
});
