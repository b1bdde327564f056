import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from './autodiff.ts';
import { evaluateTensors } from './evaluate.ts';
import type { Tensor } from './ir.ts';
import * as ops from './ops/index.ts';
import { type NdArray, ndarray, sizeOf } from './reference/ndarray.ts';
import { runOnnx } from './testing/run-onnx.ts';

const random = (shape: readonly number[], seed: number) =>
  ndarray(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898 + seed * 7.1)),
  );

/** cos and sin [rows, half] of Llama's angles. */
function tables(rows: number, half: number): [NdArray, NdArray] {
  const angle = (i: number) => Math.floor(i / half) * 100 ** (-(i % half) / half);
  return [Math.cos, Math.sin].map((f) =>
    ndarray(
      [rows, half],
      Float64Array.from({ length: rows * half }, (_, i) => Math.fround(f(angle(i)))),
    ),
  ) as [NdArray, NdArray];
}

function expectClose(actual: NdArray, expected: NdArray, tolerance: number) {
  expect(actual.shape).toEqual(expected.shape);
  const worst = actual.data.reduce((max, value, i) => Math.max(max, Math.abs(value - expected.data[i]!)), 0);
  expect(worst).toBeLessThan(tolerance);
}

describe('rope', () => {
  const [cos, sin] = tables(10, 8);

  it.each([
    ['float32', 'BHTd', 'cpu', 1e-5],
    ['float32', 'BTHd', 'cpu', 1e-5],
    ['float32', 'BHTd', 'webgpu', 1e-5],
    ['float32', 'BTHd', 'webgpu', 1e-5],
    ['float64', 'BHTd', 'cpu', 1e-12],
    ['float64', 'BTHd', 'cpu', 1e-12],
  ] as const)(
    'equals the reference with its gradient (%s, %s, emitted for %s)',
    async (dtype, layout, target, tolerance) => {
      const shape = layout === 'BHTd' ? [2, 3, 4, 16] : [2, 4, 3, 16];
      const x = ops.input('x', dtype, ['B', ...shape.slice(1)]);
      const [c, s] = [ops.input('cos', dtype, [10, 8]), ops.input('sin', dtype, [10, 8])];
      const positions = ops.input('positions', 'int64', ['B', 4]);
      const y = ops.rope(x, c, s, positions, { layout });
      const tensors = [y, grad(ops.sum(ops.mul(y, ops.exp(y))), [x])[0]!];
      const feeds = { x: random(shape, 1), cos, sin, positions: ndarray([2, 4], [0, 1, 2, 3, 9, 5, 5, 0]) };
      const expected = evaluateTensors(tensors, feeds);
      for (const [i, value] of (await runOnnx(tensors, feeds, { target })).entries())
        expectClose(value, expected[i]!, tolerance * (i === 0 ? 1 : 10));
    },
  );

  it('turns pairs by the angle of the position: lengths stay, the gradient turns back (property)', () => {
    const positions = ops.input('positions', 'int64', [1, 3]);
    const x = ops.input('x', 'float64', [1, 2, 3, 16]);
    const [c, s] = [ops.constant(cos.data, [10, 8], 'float64'), ops.constant(sin.data, [10, 8], 'float64')];
    const y = ops.rope(x, c, s, positions);
    const [dx] = grad(ops.sum(ops.mul(y, ops.constant(random([1, 2, 3, 16], 5).data, [1, 2, 3, 16], 'float64'))), [x]);
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }), fc.nat(100), (at, seed) => {
        const feeds = { x: random([1, 2, 3, 16], seed), positions: ndarray([1, 3], at) };
        const [value, gradient] = evaluateTensors([y, dx!], feeds);
        const norm = (data: Float64Array) => data.reduce((total, v) => total + v * v, 0);
        expect(norm(value!.data)).toBeCloseTo(norm(feeds.x.data), 4);
        // A rotation is linear: <g, R x> = <Rᵀ g, x>.
        const weight = random([1, 2, 3, 16], 5).data;
        const left = value!.data.reduce((total, v, i) => total + v * weight[i]!, 0);
        expect(gradient!.data.reduce((total, v, i) => total + v * feeds.x.data[i]!, 0)).toBeCloseTo(left, 8);
      }),
      { numRuns: 20, seed: 2 },
    );
  });

  it('refuses shapes that do not fit, and gradients of its tables', () => {
    const x = ops.input('x', 'float32', [1, 2, 3, 16]);
    const table = ops.parameter('table', [10, 8]);
    const positions = ops.input('positions', 'int64', [1, 3]);
    expect(() => ops.rope(x, ops.parameter('wide', [10, 16]), table, positions)).toThrow(/rope.*\[M, d\/2\]/);
    expect(() => ops.rope(x, table, table, ops.input('p', 'int64', [1, 2]))).toThrow(/rope/);
    expect(() => grad(ops.sum(ops.rope(x, table, table, positions)), [table])).toThrow(/no gradient/);
  });
});

describe('cachedAttention', () => {
  const [heads, kvHeads, width, max] = [4, 2, 16, 12];
  const [cos, sin] = tables(max, width / 2);
  const past = ['B', kvHeads, max, width] as const;
  const f32 = (name: string, shape: readonly (number | string)[]) => ops.input(name, 'float32', shape);
  const { out, presentK, presentV } = ops.cachedAttention({
    q: f32('q', ['B', 'S', heads * width]),
    k: f32('k', ['B', 'S', kvHeads * width]),
    v: f32('v', ['B', 'S', kvHeads * width]),
    pastK: f32('pastK', past),
    pastV: f32('pastV', past),
    seqlensK: ops.input('seqlensK', 'int32', ['B']),
    totalLength: ops.input('totalLength', 'int32', []),
    cos: f32('cos', [max, width / 2]),
    sin: f32('sin', [max, width / 2]),
    numHeads: heads,
    kvHeads,
  });
  const tensors: Tensor[] = [out, presentK, presentV];
  const feedsOf = (batch: number, steps: number, lengths: readonly number[], total: number, seed = 0) => ({
    q: random([batch, steps, heads * width], seed + 1),
    k: random([batch, steps, kvHeads * width], seed + 2),
    v: random([batch, steps, kvHeads * width], seed + 3),
    pastK: random([batch, kvHeads, max, width], seed + 4),
    pastV: random([batch, kvHeads, max, width], seed + 5),
    seqlensK: ndarray(
      [batch],
      lengths.map((length) => length - 1),
    ),
    totalLength: ndarray([], [total]),
    cos,
    sin,
  });

  it.each([
    ['a prompt', 2, 4, [4, 4], 4],
    ['one new token per row, rows of different length', 3, 1, [5, 12, 1], 12],
    ['a chunk after a past', 1, 3, [8], 8],
    ['a full cache', 1, 12, [12], 12],
  ] as const)('equals the reference: %s', async (_, batch, steps, lengths, total) => {
    const feeds = feedsOf(batch, steps, lengths, total);
    const expected = evaluateTensors(tensors, feeds);
    for (const [i, value] of (await runOnnx(tensors, feeds)).entries()) expectClose(value, expected[i]!, 1e-5);
  });

  it('gives the valid rows of a padded prompt', async () => {
    const feeds = feedsOf(2, 4, [4, 2], 4);
    const valid = ({ data }: NdArray) => ndarray([6, heads * width], data.slice(0, 6 * heads * width));
    const [[value], [expected]] = [await runOnnx(tensors, feeds), evaluateTensors(tensors, feeds)];
    expectClose(valid(value!), valid(expected!), 1e-5);
  });

  it('step by step equals one prompt (property, reference)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.nat(50), (length, seed) => {
        const whole = feedsOf(1, length, [length], length, seed);
        const [expected] = evaluateTensors(tensors, whole);
        let [pastK, pastV] = [whole.pastK, whole.pastV];
        for (let t = 0; t < length; t++) {
          const row = ({ data }: NdArray, size: number) => ndarray([1, 1, size], data.slice(t * size, (t + 1) * size));
          const [q, k, v] = [row(whole.q, heads * width), row(whole.k, kvHeads * width), row(whole.v, kvHeads * width)];
          const step = { ...feedsOf(1, 1, [t + 1], t + 1), q, k, v, pastK, pastV };
          const [y, nextK, nextV] = evaluateTensors(tensors, step);
          expectClose(y!, row(expected!, heads * width), 1e-10);
          [pastK, pastV] = [nextK!, nextV!];
        }
      }),
      { numRuns: 8, seed: 6 },
    );
  });

  it('has no gradient and says what fits', () => {
    expect(() => grad(ops.sum(out), [tensors[0]!.node.inputs[0]!])).toThrow(/cached-attention.*no gradient/);
    expect(() =>
      ops.cachedAttention({
        q: f32('q', ['B', 'S', 32]),
        k: f32('k', ['B', 'S', 32]),
        v: f32('v', ['B', 'S', 32]),
        pastK: f32('pk', ['B', 4, max, 8]),
        pastV: f32('pv', ['B', 4, max, 8]),
        seqlensK: ops.input('s', 'int32', ['B']),
        totalLength: ops.input('t', 'int32', []),
        cos: f32('c', [max, 4]),
        sin: f32('n', [max, 4]),
        numHeads: 4,
        kvHeads: 4,
      }),
    ).toThrow(/d a multiple of 16/);
  });
});

describe('matmulNBits', () => {
  const build = (K: number, N: number, bits: 4 | 8, blockSize: number, accuracyLevel: 0 | 1 | 4) => {
    const blocks = Math.ceil(K / blockSize);
    const bytes = (blockSize * bits) / 8;
    const x = ops.input('x', 'float32', ['M', 2, K]);
    const y = ops.matmulNBits(
      x,
      ops.input('w', 'uint8', [N, blocks, bytes]),
      ops.input('scales', 'float32', [N * blocks]),
      { K, N, bits, blockSize, accuracyLevel },
    );
    const feeds = {
      x: random([3, 2, K], 1),
      w: ndarray(
        [N, blocks, bytes],
        Float64Array.from({ length: N * blocks * bytes }, (_, i) => (i * 7919 + 13) % 256),
      ),
      scales: ndarray(
        [N * blocks],
        Float64Array.from({ length: N * blocks }, (_, i) => Math.fround(0.01 + (i % 5) * 0.003)),
      ),
    };
    return { y, feeds };
  };

  it('equals the dequantized product (property)', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(4 as const, 8 as const),
      fc.constantFrom(16, 32, 64),
      async (K, N, bits, blockSize) => {
        const { y, feeds } = build(K, N, bits, blockSize, 1);
        expectClose((await runOnnx([y], feeds))[0]!, evaluateTensors([y], feeds)[0]!, 1e-4);
      },
    );
    await fc.assert(property, { numRuns: 20, seed: 5 });
  });

  it.each([4, 8] as const)('stays near it at accuracy level 4 (%s bits)', async (bits) => {
    const { y, feeds } = build(256, 32, bits, 32, 4);
    const [[value], [expected]] = [await runOnnx([y], feeds), evaluateTensors([y], feeds)];
    const size = Math.max(...expected!.data.map(Math.abs));
    expectClose(value!, expected!, size * 0.02);
  });

  it('refuses what does not fit', () => {
    expect(() => build(64, 4, 3 as 4, 32, 0)).toThrow(/3 bits in blocks of 32/);
    expect(() => build(64, 4, 4, 24, 0)).toThrow(/blocks of 24/);
    const x = ops.input('x', 'float32', [2, 60]);
    const w = ops.input('w', 'uint8', [4, 2, 16]);
    expect(() =>
      ops.matmulNBits(x, w, ops.input('s', 'float32', [8]), { K: 64, N: 4, bits: 4, blockSize: 32 }),
    ).toThrow(/matmulNBits/);
  });
});
