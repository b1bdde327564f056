/** The sampling rules in the order in which they apply, and the parameters that switch them on. */

import { samplingRules } from './registry.gen.ts';
import { phases, type SamplingRule } from './rule.ts';

export * from './params.ts';
export type { SamplingRule, SeenTokens } from './rule.ts';

const ordered: readonly SamplingRule[] = Object.values<SamplingRule>(samplingRules).sort(
  (a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase) || (a.name < b.name ? -1 : 1),
);
const isScoreRule = (rule: SamplingRule) => rule.phase === 'repetition' || rule.phase === 'score';

/** Rules that may change which token is the most likely one: greedy decoding applies only these. */
export const scoreRules: readonly SamplingRule[] = ordered.filter(isScoreRule);
/** Rules that shape the distribution but keep its mode. */
export const distributionRules: readonly SamplingRule[] = ordered.filter((rule) => !isScoreRule(rule));
