import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  evaluateTensors,
  exp,
  grad,
  input,
  matmul,
  mul,
  ndarray,
  parameter,
  stopGradient,
  sum,
  topk,
  withScope,
} from './index.ts';
import { checkGradients, primCase } from './testing.ts';

const value = (data: number[], shape = [data.length]) => ndarray(shape, data);

describe('grad', () => {
  it('adds the parts of every path', () => {
    const x = input('x', 'float64', [2]);
    const y = sum(add(mul(x, x), mul(x, 3)));
    const [dx] = grad(y, [x]);
    expect([...evaluateTensors([dx!], { x: value([1, -2]) })[0]!.data]).toEqual([5, -1]);
  });

  it('is zero where the loss does not reach, and stops at stopGradient', () => {
    const x = input('x', 'float64', [2]);
    const y = input('y', 'float64', [3]);
    const [dx, dy] = grad(sum(stopGradient(exp(x))), [x, y]);
    const values = evaluateTensors([dx!, dy!], { x: value([1, 2]), y: value([1, 2, 3]) });
    expect(values.map((v) => [...v.data])).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
  });

  it('differentiates with respect to an inner tensor, and again', () => {
    const x = input('x', 'float64', []);
    const inner = mul(x, x);
    const cube = mul(inner, x);
    const [dInner] = grad(cube, [inner]);
    const [dx] = grad(cube, [x]);
    const [ddx] = grad(dx!, [x]);
    const [dddx] = grad(ddx!, [x]);
    const found = evaluateTensors([dInner!, dx!, ddx!, dddx!], { x: ndarray([], [3]) }).map((v) => v.data[0]);
    expect(found).toEqual([3, 27, 18, 6]);
  });

  it('serves several losses of one graph', () => {
    const x = input('x', 'float64', []);
    const a = mul(x, 2);
    const both = [grad(mul(a, a), [x])[0]!, grad(exp(a), [x])[0]!];
    const [da, db] = evaluateTensors(both, { x: ndarray([], [0.5]) }).map((v) => v.data[0]);
    expect(da).toBe(4);
    expect(db).toBeCloseTo(2 * Math.E, 12);
  });

  it('refuses a loss that is no scalar, and operators without a gradient', () => {
    const x = input('x', 'float32', [4]);
    expect(() => grad(x, [x])).toThrow(/expected a float scalar/);
    const weight = parameter('w', [4]);
    expect(() => grad(sum(withScope('head', () => topk(mul(x, weight), 2))[0]), [weight])).not.toThrow();
  });

  it('holds for broadcasting of any shapes', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
    const mask = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(dims, mask, mask, fc.nat(3), (shape, a, b, cut) => {
        const left = shape.map((size, i) => (a[i] ? size : 1));
        const right = shape.map((size, i) => (b[i] ? size : 1)).slice(Math.min(cut, shape.length));
        checkGradients(
          primCase('mul and add', (x, y) => add(mul(x!, y!), mul(y!, y!)), [left, right], { second: false }),
        );
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('holds for matmuls of any flags and batches', () => {
    const size = fc.integer({ min: 1, max: 3 });
    const batch = fc.constantFrom(
      [[], []],
      [[2], [2]],
      [[2], []],
      [[], [2]],
      [
        [2, 2],
        [2, 1],
      ],
      [
        [1, 2],
        [2, 1],
      ],
    );
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        batch,
        (m, k, n, transposeA, transposeB, [leadA, leadB]) => {
          const a = [...leadA!, ...(transposeA ? [k, m] : [m, k])];
          const b = [...leadB!, ...(transposeB ? [n, k] : [k, n])];
          const build = primCase('matmul', (x, y) => matmul(x!, y!, { transposeA, transposeB, alpha: 0.5 }), [a, b], {
            second: false,
          });
          checkGradients(build);
        },
      ),
      { numRuns: 40, seed: 2 },
    );
  });
});
