import { defineRule } from './rule.ts';

/** Buckets per nat, and how many: scores more than 32 nats under the best one (1e-14 as likely) share the last. */
const PER_NAT = 32;
const BUCKETS = 1024;

/**
 * Nucleus sampling (Holtzman et al. 2020, "The curious case of neural text degeneration"): keeps the smallest set of
 * most likely tokens whose probability is at least p; among equal scores the smaller ids go first. Sorting a whole
 * vocabulary costs more than a decoding step of a small model: a histogram finds the bucket where p is reached, and
 * only that bucket is sorted.
 */
export const topP = defineRule({
  name: 'top-p',
  phase: 'truncation',
  describe: 'Keeps the most likely tokens that together have probability p.',
  active: (params) => params.top_p < 1,
  apply(scores, params) {
    let max = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < scores.length; id++) if (scores[id]! > max) max = scores[id]!;
    if (!Number.isFinite(max)) return; // not a distribution: the draw says so
    const bucketOf = (score: number) => Math.min(BUCKETS - 1, Math.floor((max - score) * PER_NAT));
    const masses = new Float64Array(BUCKETS);
    let total = 0;
    for (let id = 0; id < scores.length; id++) {
      const score = scores[id]!;
      if (score === Number.NEGATIVE_INFINITY) continue;
      const mass = Math.exp(score - max);
      masses[bucketOf(score)]! += mass;
      total += mass;
    }
    const target = params.top_p * total;
    let border = 0;
    let mass = 0;
    while (border < BUCKETS - 1 && mass + masses[border]! < target) mass += masses[border++]!;
    const inside: number[] = [];
    for (let id = 0; id < scores.length; id++) {
      if (scores[id] === Number.NEGATIVE_INFINITY) continue;
      const bucket = bucketOf(scores[id]!);
      if (bucket === border) inside.push(id);
      else if (bucket > border) scores[id] = Number.NEGATIVE_INFINITY;
    }
    inside.sort((a, b) => scores[b]! - scores[a]! || a - b);
    for (const [rank, id] of inside.entries()) {
      // The most likely token of all stays whatever p is.
      if (mass >= target && (rank > 0 || border > 0)) scores[id] = Number.NEGATIVE_INFINITY;
      else mass += Math.exp(scores[id]! - max);
    }
  },
});
