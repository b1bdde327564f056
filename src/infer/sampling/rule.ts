/**
 * The contract of a sampling rule: it rewrites the scores of one request's next token in place.
 * Rules know neither the model nor the tokenizer.
 */
import type { SamplingParams } from './params.ts';

/** What a request has seen so far; rules only read it. */
export interface SeenTokens {
  /** Ids that occur in the prompt. */
  readonly prompt: ReadonlySet<number>;
  /** How often each id was generated. */
  readonly generated: ReadonlyMap<number, number>;
}

/**
 * When a rule applies, in this order; within a phase by name. Penalties and bias change the model's own scores, then
 * come temperature and truncation (min-p before top-k and top-p, as vLLM). Greedy decoding stops before 'temperature'.
 */
export const phases = ['repetition', 'score', 'temperature', 'truncation'] as const;

export interface SamplingRule {
  readonly name: string;
  readonly phase: (typeof phases)[number];
  /** One sentence: what the rule does. */
  readonly describe: string;
  /** False when the parameters leave the scores as they are; the rule is then skipped. */
  active(params: SamplingParams): boolean;
  /** Rewrites `scores` [V] (logits) in place; a ruled-out token gets -Infinity. At least one score stays finite. */
  apply(scores: Float32Array, params: SamplingParams, seen: SeenTokens): void;
}

export function defineRule(rule: SamplingRule): SamplingRule {
  return rule;
}
