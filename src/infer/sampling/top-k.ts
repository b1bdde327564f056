import { selectTop } from '../select-top.ts';
import { defineRule } from './rule.ts';

/** Keeps exactly the k most likely tokens; among equal scores the smaller ids stay. */
export const topK = defineRule({
  name: 'top-k',
  phase: 'truncation',
  describe: 'Keeps the k most likely tokens.',
  active: (params) => params.top_k > 0,
  apply(scores, params) {
    if (params.top_k >= scores.length) return;
    const kept = selectTop(scores, params.top_k).map((id) => [id, scores[id]!] as const);
    scores.fill(Number.NEGATIVE_INFINITY);
    for (const [id, score] of kept) scores[id] = score;
  },
});
