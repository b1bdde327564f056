import { describe, expect, it } from 'vitest';
import { AthanorError } from '../core/index.ts';
import { applyOverrides, type Override } from './override.ts';

const recipe = {
  name: 'r',
  seed: 1,
  stages: [
    { data: { name: 'poems', steps: [{ use: 'near-dedup', threshold: 0.8 }, { use: 'min-length' }] } },
    { tokenizer: { vocab_size: 100 } },
    { eval: { name: 'first', limit: 1 } },
    { eval: { name: 'second', limit: 1 } },
  ],
};

const set = (...pairs: string[]) => applyOverrides(recipe, pairs, []) as typeof recipe;

function failure(run: () => unknown): AthanorError {
  try {
    run();
  } catch (error) {
    if (error instanceof AthanorError) return error;
  }
  throw new Error('expected an AthanorError');
}

describe('--set', () => {
  it('finds a stage by kind, by name, by index', () => {
    expect(set('tokenizer.vocab_size=64').stages[1]).toEqual({ tokenizer: { vocab_size: 64 } });
    expect(set('stages.tokenizer.vocab_size=64').stages[1]).toEqual({ tokenizer: { vocab_size: 64 } });
    expect(set('stages.1.tokenizer.vocab_size=64').stages[1]).toEqual({ tokenizer: { vocab_size: 64 } });
    expect(set('stages[1].vocab_size=64').stages[1]).toEqual({ tokenizer: { vocab_size: 64 } });
    expect(set('second.limit=9').stages[3]).toEqual({ eval: { name: 'second', limit: 9 } });
  });

  it('finds list items by index or by their use', () => {
    expect(set('data.steps.near-dedup.threshold=0.5').stages[0]!.data!.steps[0]).toEqual({
      use: 'near-dedup',
      threshold: 0.5,
    });
    expect(set('poems.steps.1.min=3').stages[0]!.data!.steps[1]).toEqual({ use: 'min-length', min: 3 });
  });

  it('makes objects that are missing and types values like YAML', () => {
    expect(set('tokenizer.a.b=1e-4').stages[1]).toEqual({ tokenizer: { vocab_size: 100, a: { b: 1e-4 } } });
    expect(set('tokenizer.a=[1, x]').stages[1]).toEqual({ tokenizer: { vocab_size: 100, a: [1, 'x'] } });
    expect(set('tokenizer.a=x=y').stages[1]).toEqual({ tokenizer: { vocab_size: 100, a: 'x=y' } });
    expect(set('seed=7').seed).toBe(7);
  });

  it('leaves the original alone and tells where values went', () => {
    const applied: Override[] = [];
    applyOverrides(recipe, ['tokenizer.vocab_size=64'], applied);
    expect(recipe.stages[1]).toEqual({ tokenizer: { vocab_size: 100 } });
    expect(applied[0]).toMatchObject({ key: 'tokenizer.vocab_size', path: ['stages', 1, 'tokenizer', 'vocab_size'] });
  });

  it('explains what is wrong', () => {
    expect(failure(() => set('tokenizer')).message).toContain('expected key=value');
    expect(failure(() => set('tokeniser.vocab_size=1')).hint).toContain("Did you mean 'tokenizer'?");
    expect(failure(() => set('eval.limit=1')).hint).toContain('first, second');
    expect(failure(() => set('tokenizer=1')).message).toContain('no field');
    expect(failure(() => set('tokenizer.vocab_size.x=1')).message).toContain('is a value');
    expect(failure(() => set('data.steps.nope.x=1')).code).toBe('bad-input');
  });
});
