import { describe, expect, it } from 'vitest';
import { type PlanEntry, StepPlan } from './plan.ts';

/** Runs a plan on a machine of that speed; returns the steps done and the estimates. */
function simulate(options: { limit?: number; maxSeconds?: number; secondsPerStep: (step: number) => number }) {
  const entries: PlanEntry[] = [];
  const { limit = Number.POSITIVE_INFINITY, maxSeconds, secondsPerStep } = options;
  const plan = new StepPlan({ limit, maxSeconds, record: (entry) => entries.push(entry) });
  let seconds = 0;
  let step = 0;
  for (;;) {
    plan.observe(step, seconds);
    if (step >= plan.total(step)) return { step, seconds, entries };
    seconds += secondsPerStep(step++);
  }
}

describe('StepPlan', () => {
  it('is the limit where time is none', () => {
    expect(simulate({ limit: 9, secondsPerStep: () => 100 })).toMatchObject({ step: 9, entries: [] });
  });

  it('fits the steps into the time, whatever the first steps cost', () => {
    const { step, seconds } = simulate({ maxSeconds: 60, secondsPerStep: (s) => (s < 2 ? 3 : 0.1) });
    expect(seconds).toBeGreaterThan(57);
    expect(seconds).toBeLessThanOrEqual(61);
    expect(step).toBeGreaterThan(500);
  });

  it('follows a machine that gets slower, and stops when even the first steps take too long', () => {
    expect(simulate({ maxSeconds: 60, secondsPerStep: (s) => (s < 100 ? 0.1 : 0.3) }).seconds).toBeLessThan(64);
    expect(simulate({ maxSeconds: 60, secondsPerStep: () => 40 }).step).toBe(2);
    expect(simulate({ limit: 20, maxSeconds: 60, secondsPerStep: () => 0.1 }).step).toBe(20);
  });

  it('repeats recorded estimates instead of measuring', () => {
    const { entries } = simulate({ maxSeconds: 60, secondsPerStep: () => 0.1 });
    const fresh: PlanEntry[] = [];
    const plan = new StepPlan({
      limit: Number.POSITIVE_INFINITY,
      maxSeconds: 60,
      entries,
      record: (e) => fresh.push(e),
    });
    for (let step = 3; step < entries.at(-1)!.step; step++) {
      plan.observe(step, 1e6);
      expect(plan.total(step)).toBe(entries.filter((e) => e.step <= step).at(-1)?.total ?? Number.POSITIVE_INFINITY);
    }
    expect(fresh).toEqual([]);
  });
});
