import { describe, expect, it } from 'vitest';
import { prims } from '../prims/registry.gen.ts';
import { primCases } from './cases/index.ts';
import { checkEmission, checkGradients, primsOf } from './check-prim.ts';
import { ortRunner } from './ort-node.ts';

const runner = ortRunner();

describe('every prim', () => {
  it.each(primCases.map((test) => [test.name, test] as const))('%s', async (_, test) => {
    checkGradients(test);
    await checkEmission(test, runner);
  });

  it('has a case', () => {
    const covered = new Set(primCases.flatMap((test) => [...primsOf(test)]));
    expect(Object.keys(prims).filter((name) => name !== 'state' && !covered.has(name))).toEqual([]);
  });

  it('has a case name of its own', () => {
    expect(new Set(primCases.map((test) => test.name)).size).toBe(primCases.length);
  });
});
