import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from './autodiff.ts';
import { evaluateTensors } from './evaluate.ts';
import type { Tensor } from './ir.ts';
import * as ops from './ops/index.ts';
import { type NdArray, ndarray, sizeOf } from './reference/ndarray.ts';
import { checkPrim } from './testing/check-prim.ts';
import { ortRunner } from './testing/ort-node.ts';
import { runOnnx } from './testing/run-onnx.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
const random = (shape: readonly number[], seed: number) =>
  ndarray(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898 + seed)),
  );
const options = { numRuns: 15, seed: 4 };
const close = (actual: NdArray, expected: NdArray) => {
  expect(actual.shape).toEqual(expected.shape);
  for (const [i, value] of actual.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, 10);
};

describe('by checkPrim', () => {
  const runner = ortRunner();
  it.each([
    ['cumsum', (x: Tensor) => ops.cumsum(x)],
    ['cumsum exclusive', (x: Tensor) => ops.cumsum(x, { axis: 0, exclusive: true })],
    ['cumsum reverse', (x: Tensor) => ops.cumsum(x, { axis: 1, reverse: true })],
    ['topk', (x: Tensor) => ops.topk(x, 2)[0]],
    ['topk of axis 0', (x: Tensor) => ops.topk(x, 1, { axis: 0 })],
  ] as const)('%s', (name, build) => checkPrim(name, build, [[2, 3, 4]], { runner }));
});

describe('cumsum', () => {
  it('equals the reference, and so does its gradient (property)', async () => {
    const property = fc.asyncProperty(
      shapes,
      fc.nat(2),
      fc.boolean(),
      fc.boolean(),
      async (shape, at, exclusive, reverse) => {
        const axis = at % shape.length;
        const x = ops.input('x', 'float64', shape);
        const weight = ops.constant(random(shape, 9).data, shape, 'float64');
        const y = ops.cumsum(x, { axis, exclusive, reverse });
        const tensors = [y, grad(ops.sum(ops.mul(y, weight)), [x])[0]!];
        const feeds = { x: random(shape, 1) };
        const [value, gradient] = await runOnnx(tensors, feeds);
        const [exact, exactGradient] = evaluateTensors(tensors, feeds);
        close(value!, exact!);
        close(gradient!, exactGradient!);
      },
    );
    await fc.assert(property, options);
  });

  it('counts as NumPy does', () => {
    const x = ops.constant([1, 2, 3, 4], [4], 'int64');
    const all = [ops.cumsum(x), ops.cumsum(x, { exclusive: true }), ops.cumsum(x, { reverse: true })];
    expect(
      evaluateTensors([...all, ops.cumsum(x, { exclusive: true, reverse: true })], {}).map(({ data }) => [...data]),
    ).toEqual([
      [1, 3, 6, 10],
      [0, 1, 3, 6],
      [10, 9, 7, 4],
      [9, 7, 4, 0],
    ]);
    expect(() => ops.cumsum(ops.input('b', 'bool', [3]))).toThrow(/cumsum/);
    expect(() => ops.cumsum(x, { axis: 1 })).toThrow(/cumsum/);
  });
});

describe('topk', () => {
  it('equals the reference with its gradient (property)', async () => {
    const property = fc.asyncProperty(shapes, fc.nat(2), fc.nat(3), async (shape, at, less) => {
      const axis = at % shape.length;
      const k = Math.max(1, shape[axis]! - less);
      const x = ops.input('x', 'float64', shape);
      const [values, indices] = ops.topk(x, k, { axis });
      const dx = grad(ops.sum(ops.mul(values, values)), [x])[0]!;
      const feeds = { x: random(shape, 2) };
      const tensors = [values, indices, dx];
      expect(await runOnnx(tensors, feeds)).toEqual(evaluateTensors(tensors, feeds));
    });
    await fc.assert(property, options);
  });

  it('prefers the first of equals and refuses too large a k', async () => {
    const x = ops.constant([2, 5, 5, 1, 5], [5], 'float32');
    const [values, indices] = ops.topk(x, 3);
    for (const results of [await runOnnx([values, indices], {}), evaluateTensors([values, indices], {})])
      expect(results.map(({ data }) => [...data])).toEqual([
        [5, 5, 5],
        [1, 2, 4],
      ]);
    expect(() => ops.topk(x, 6)).toThrow(/topk.*at least 6/);
  });
});

describe('oneHot', () => {
  it('equals the reference for every element type; rows of ignored labels are zeros', async () => {
    const ids = ops.input('ids', 'int64', ['N', 2]);
    const types = ['float32', 'float64', 'bool', 'int64'] as const;
    const tensors = types.map((dtype) => ops.oneHot(ids, 3, { dtype }));
    const feeds = { ids: ndarray([3, 2], [0, 1, 2, 3, -1, -100]) };
    const expected = [1, 0, 0, 0, 1, 0, 0, 0, 1, ...new Array<number>(9).fill(0)];
    for (const results of [await runOnnx(tensors, feeds), evaluateTensors(tensors, feeds)])
      for (const result of results) expect([result.shape, [...result.data]]).toEqual([[3, 2, 3], expected]);
    expect(tensors[0]!.shape).toEqual(['N', 2, 3]);
  });
});
