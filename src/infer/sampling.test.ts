import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../core/index.ts';
import { logprobsOf, Sampler } from './sampler.ts';
import { distributionRules, type SamplingInput, samplingSchema, scoreRules } from './sampling/index.ts';
import { argMax, logSumExp, selectTop } from './select-top.ts';

const params = (input: SamplingInput = {}) => parse(samplingSchema, input, 'sampling');
const rules = new Map([...scoreRules, ...distributionRules].map((rule) => [rule.name, rule]));

/** What a rule makes of the scores. */
function applied(
  name: string,
  scores: number[],
  input: SamplingInput,
  generated: [number, number][] = [],
  prompt: number[] = [],
) {
  const row = Float32Array.from(scores);
  const rule = rules.get(name)!;
  if (rule.active(params(input)))
    rule.apply(row, params(input), { prompt: new Set(prompt), generated: new Map(generated) });
  return [...row];
}
const kept = (scores: number[]) => scores.flatMap((score, id) => (score > Number.NEGATIVE_INFINITY ? [id] : []));

describe('sampling rules', () => {
  it('apply in the order that their phases say', () => {
    expect([...rules.keys()]).toEqual([
      'repetition-penalty',
      'frequency-penalty',
      'logit-bias',
      'presence-penalty',
      'temperature',
      'min-p',
      'top-k',
      'top-p',
    ]);
  });

  it('leave the scores alone by default', () => {
    for (const rule of rules.values()) expect(rule.active(params())).toBe(false);
  });

  it('temperature divides, without overflow', () => {
    expect(applied('temperature', [1, 3], { temperature: 0.5 })).toEqual([-4, 0]);
    expect(applied('temperature', [1, 3], { temperature: 1e-40 })).toEqual([Number.NEGATIVE_INFINITY, 0]);
  });

  it('top-k keeps exactly k, smaller ids among equals', () => {
    expect(kept(applied('top-k', [1, 5, 5, 5, 0], { top_k: 2 }))).toEqual([1, 2]);
    expect(kept(applied('top-k', [1, 2], { top_k: 5 }))).toEqual([0, 1]);
  });

  it('top-p keeps the smallest set that reaches p, at least one', () => {
    const scores = [0.5, 0.3, 0.15, 0.05].map(Math.log);
    expect(kept(applied('top-p', scores, { top_p: 0.79 }))).toEqual([0, 1]);
    expect(kept(applied('top-p', scores, { top_p: 0.81 }))).toEqual([0, 1, 2]);
    expect(kept(applied('top-p', scores, { top_p: 0 }))).toEqual([0]);
    expect(kept(applied('top-p', new Array(1000).fill(0), { top_p: 0.5 })).length).toBe(500);
  });

  it('top-p equals sorting the whole row', () => {
    const score = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: -50, max: 5, noNaN: true }),
      fc.constant(Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(score, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (rest, p) => {
          const row = Float32Array.from([1, ...rest]);
          const total = logSumExp(row);
          const sorted = selectTop(row, row.length);
          let mass = 0;
          let count = 0;
          while (count === 0 || mass < p - 1e-9) mass += Math.exp(row[sorted[count++]!]! - total);
          const found = kept(applied('top-p', [...row], { top_p: p }));
          expect(Math.abs(found.length - count)).toBeLessThanOrEqual(Math.abs(mass - p) < 1e-6 ? 1 : 0);
          expect(found).toEqual(sorted.slice(0, found.length).sort((a, b) => a - b));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it('min-p compares with the most likely token', () => {
    expect(kept(applied('min-p', [0.6, 0.3, 0.05].map(Math.log), { min_p: 0.1 }))).toEqual([0, 1]);
    expect(kept(applied('min-p', [0, 0], { min_p: 1 }))).toEqual([0, 1]);
  });

  it('penalties follow their definitions', () => {
    expect(applied('repetition-penalty', [2, -2, 1], { repetition_penalty: 2 }, [[1, 3]], [0])).toEqual([1, -4, 1]);
    expect(applied('presence-penalty', [1, 1], { presence_penalty: 0.5 }, [[1, 3]], [0])).toEqual([1, 0.5]);
    expect(applied('frequency-penalty', [1, 1], { frequency_penalty: 0.5 }, [[1, 3]])).toEqual([1, -0.5]);
    expect(applied('logit-bias', [1, 1], { logit_bias: { 1: -100 } })).toEqual([1, -99]);
  });

  it('refuse what is out of range, naming the field', () => {
    for (const [input, field] of [
      [{ temperature: 2.1 }, 'temperature'],
      [{ top_p: -0.1 }, 'top_p'],
      [{ top_k: 1.5 }, 'top_k'],
      [{ repetition_penalty: 0 }, 'repetition_penalty'],
      [{ presence_penalty: 3 }, 'presence_penalty'],
      [{ logprobs: 21 }, 'logprobs'],
      [{ logit_bias: { a: 1 } }, 'logit_bias'],
    ] as [SamplingInput, string][])
      expect(() => params(input)).toThrow(new RegExp(field));
  });
});

describe('selection', () => {
  it('equals sorting, whatever the scores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 0, max: 60 }),
        (scores, k) => {
          const sorted = scores.map((_, id) => id).sort((a, b) => scores[b]! - scores[a]! || a - b);
          expect(selectTop(Float32Array.from(scores), k)).toEqual(sorted.slice(0, k));
          expect(argMax(Float32Array.from(scores))).toBe(sorted[0]);
        },
      ),
      { seed: 7 },
    );
  });

  it('normalises large scores', () => {
    expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2);
  });
});

describe('sampler', () => {
  const scratch = new Float32Array(5);
  const logits = Float32Array.of(2, 1, 0, -1, Number.NEGATIVE_INFINITY);
  const draw = (input: SamplingInput, count: number, seed = 1) => {
    const sampler = new Sampler(params(input), [], seed);
    return Array.from({ length: count }, () => sampler.pick(logits, scratch).id);
  };

  it('is greedy at temperature 0, penalties included', () => {
    expect(draw({ temperature: 0 }, 3)).toEqual([0, 0, 0]);
    expect(draw({ temperature: 0, presence_penalty: 1.5 }, 3)).toEqual([0, 1, 0]);
  });

  it('repeats with the same seed, also a negative one, and differs with another', () => {
    expect(draw({ seed: 5 }, 50)).toEqual(draw({ seed: 5 }, 50, 99));
    expect(draw({ seed: -5 }, 50)).toEqual(draw({ seed: -5 }, 50));
    expect(draw({ seed: 5 }, 50)).not.toEqual(draw({ seed: 6 }, 50));
    expect(draw({}, 50, 1)).not.toEqual(draw({}, 50, 2));
  });

  it('draws with the probabilities of the distribution', () => {
    const counts = [0, 0, 0, 0, 0];
    for (const id of draw({ seed: 3 }, 20_000)) counts[id]!++;
    const total = logSumExp(logits);
    for (const [id, count] of counts.entries()) expect(count / 20_000).toBeCloseTo(Math.exp(logits[id]! - total), 1.7);
    expect(counts[4]).toBe(0);
  });

  it('reports log-probabilities of the model, whatever the sampling', () => {
    const token = new Sampler(params({ temperature: 0, logit_bias: { 3: 100 }, logprobs: 2 }), [], 1).pick(
      logits,
      scratch,
    );
    expect(token.id).toBe(3);
    expect(token.logprob).toBeCloseTo(-1 - logSumExp(logits));
    expect(token.topLogprobs!.map((top) => top.id)).toEqual([0, 1]);
    expect(logprobsOf(logits, 0, 0).topLogprobs).toEqual([]);
  });

  it('leaves the logits as they were', () => {
    const before = [...logits];
    draw({ top_k: 1, temperature: 0.3 }, 1);
    expect([...logits]).toEqual(before);
  });

  it('says when the model gives NaN', () => {
    const broken = new Float32Array(5).fill(Number.NaN);
    for (const input of [{ temperature: 0 }, {}, { top_k: 2 }, { top_p: 0.5 }])
      expect(() => new Sampler(params(input), [], 1).pick(broken, scratch)).toThrow(
        expect.objectContaining({ code: 'engine' }),
      );
  });
});
