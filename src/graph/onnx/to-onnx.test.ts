import { describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import {
  add,
  after,
  checkpoint,
  constant,
  crossEntropy,
  div,
  evaluate,
  exp,
  expand,
  type GraphSpec,
  gather,
  globalNorm,
  grad,
  input,
  matmul,
  minimum,
  mul,
  type NdArray,
  ndarray,
  parameter,
  reshape,
  rmsNorm,
  silu,
  state,
  sub,
  sum,
  type Tensor,
  toOnnx,
  transpose,
  withScope,
} from '../index.ts';
import { ortRunner } from '../testing/ort-node.ts';
import { checkUpdateOrder } from './update-order.ts';

function codeOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    if (error instanceof AthanorError) return error.code;
  }
  return 'none';
}

const text = (model: Uint8Array): string => new TextDecoder('latin1').decode(model);

describe('toOnnx', () => {
  it('lists what a program needs', () => {
    const x = input('x', 'float32', ['B', 2]);
    const w = parameter('w', [2, 3], { init: { kind: 'normal', std: 0.02 } });
    const count = state('count', []);
    const program = toOnnx({ outputs: { y: matmul(x, w) }, updates: { count: add(count, 1) } });
    expect(program.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['B', 2] }]);
    expect(program.states.map((s) => [s.name, s.shape, s.init.kind, s.trainable])).toEqual([
      ['w', [2, 3], 'normal', true],
      ['count', [], 'zeros', false],
    ]);
    expect(program.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['B', 3] }]);
    expect(program.updates).toEqual(['count']);
    expect(program.nodeCount).toBe(2);
  });

  it('is the same for the same program, and names nodes by their scope', () => {
    const build = () => toOnnx({ outputs: { y: withScope('layer', () => exp(input('x', 'float32', [2]))) } }).model;
    expect(build()).toEqual(build());
    expect(text(build())).toContain('layer/exp');
  });

  it('refuses bad updates and names', () => {
    const x = input('x', 'float32', [2]);
    const w = parameter('w', [2]);
    expect(codeOf(() => toOnnx({ outputs: { y: x }, updates: { w: x } }))).toBe('bad-input');
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { w: sum(mul(w, x)) } }))).toBe('shape');
    expect(codeOf(() => toOnnx({ outputs: { x: exp(x) } }))).toBe('bad-input');
    expect(codeOf(() => toOnnx({ outputs: { y: mul(w, parameter('w', [2])) } }))).toBe('bad-input');
    expect(codeOf(() => toOnnx({ outputs: { y: expand(constant(1), ['Q']) } }))).toBe('shape');
  });

  it('copies an output that is an input, or asked for twice', async () => {
    const x = input('x', 'float32', [2]);
    const y = exp(x);
    const { model, nodeCount } = toOnnx({ outputs: { same: x, y, again: y } });
    expect(nodeCount).toBe(3);
    const found = await ortRunner()(model, { x: { dtype: 'float32', shape: [2], data: Float32Array.of(0, 1) } });
    expect(found.same!.data).toEqual(Float64Array.of(0, 1));
    expect(found.again).toEqual(found.y);
  });
});

describe('order of updates', () => {
  const x = input('x', 'float32', [3]);
  const w = parameter('w', [3]);

  it('accepts an element-wise update, and readers that come before', () => {
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { w: mul(w, 0.5) } }))).toBe('none');
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { w: sub(w, mul(x, sum(exp(w)))) } }))).toBe('none');
  });

  it('refuses a reader in no fixed order, also one behind a view', () => {
    expect(codeOf(() => toOnnx({ outputs: { y: exp(w) }, updates: { w: mul(w, 0.5) } }))).toBe('internal');
    const behindView = exp(reshape(w, [3, 1]));
    expect(codeOf(() => toOnnx({ outputs: { y: behindView }, updates: { w: mul(w, 0.5) } }))).toBe('internal');
    expect(codeOf(() => toOnnx({ outputs: { old: w }, updates: { w: mul(w, 0.5) } }))).toBe('internal');
  });

  it('refuses a writer that is not element-wise', () => {
    const square = parameter('square', [2, 2]);
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { square: transpose(square) } }))).toBe('internal');
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { square: matmul(square, square) } }))).toBe('internal');
  });

  it('refuses a swap of two states', () => {
    const other = parameter('other', [3]);
    expect(codeOf(() => toOnnx({ outputs: {}, updates: { w: mul(other, 1.5), other: mul(w, 1.5) } }))).toBe('internal');
  });

  it('accepts what after() orders', async () => {
    const y = exp(w);
    const { model } = toOnnx({ outputs: { y }, updates: { w: mul(w, after(constant(0.5), [y])) } });
    const found = await ortRunner()(model, {
      w: { dtype: 'float32', shape: [3], data: Float32Array.of(0, Number.NaN, 2) },
    });
    expect(found['w.next']!.data).toEqual(Float64Array.of(0, Number.NaN, 1));
  });

  it('names the state, its reader and its writer', () => {
    const nodes = [
      { opType: 'Exp', name: 'reader', inputs: ['w'], outputs: ['y'] },
      { opType: 'Neg', name: 'writer', inputs: ['w'], outputs: ['w.next'] },
    ];
    expect(() => checkUpdateOrder(nodes, new Map([['w', 'w.next']]))).toThrow(/'w'.*reader.*writer/);
  });
});

function compare(found: Record<string, NdArray>, expected: Record<string, NdArray>, digits: number): void {
  for (const [name, { data }] of Object.entries(expected))
    for (const [i, number] of data.entries()) expect(found[name]!.data[i]).toBeCloseTo(number, digits);
}

/** A two-layer network with tied embeddings, its loss, and one clipped step of gradient descent. */
function trainStep(wrap: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor): GraphSpec {
  const [vocabulary, width] = [11, 8];
  const ids = input('ids', 'int64', ['N']);
  const labels = input('labels', 'int64', ['N']);
  const table = parameter('table', [vocabulary, width]);
  const weights = [table];
  let x = gather(table, ids);
  for (const layer of [0, 1]) {
    const norm = parameter(`${layer}.norm`, [width]);
    const gate = parameter(`${layer}.gate`, [16, width]);
    const down = parameter(`${layer}.down`, [width, 16]);
    weights.push(norm, gate, down);
    const block = (h: Tensor) =>
      add(h, matmul(silu(matmul(rmsNorm(h, norm), gate, { transposeB: true })), down, { transposeB: true }));
    x = withScope(`${layer}`, () => wrap(block, x));
  }
  const entropy = crossEntropy(matmul(x, table, { transposeB: true }), labels);
  const loss = div(entropy.sum, entropy.count);
  const gradients = grad(loss, weights);
  const clip = minimum(div(1, add(globalNorm(gradients), 1e-6)), 1);
  const updates = weights.map((weight, i): [string, Tensor] => {
    const { name } = weight.node.attributes as { name: string };
    return [name, sub(weight, mul(gradients[i]!, mul(clip, 0.1)))];
  });
  return { outputs: { loss }, updates: Object.fromEntries(updates) };
}

describe('a training step', () => {
  const numbers = (size: number, seed: number) =>
    Float64Array.from({ length: size }, (_, i) => Math.fround(Math.sin(i * 1.7 + seed)));
  const spec = trainStep((block, x) => block(x));
  const program = toOnnx(spec);
  const feeds = {
    ids: ndarray([5], [1, 4, 4, 10, 0]),
    labels: ndarray([5], [4, 4, -100, 0, 7]),
    ...Object.fromEntries(
      program.states.map(({ name, shape }, i) => [
        name,
        ndarray(
          shape,
          numbers(
            shape.reduce((a, b) => a * b, 1),
            i,
          ),
        ),
      ]),
    ),
  };
  const fed = Object.fromEntries(
    [...program.inputs, ...program.states].map(({ name, dtype }) => {
      const { data, shape } = feeds[name as keyof typeof feeds]!;
      return [
        name,
        { dtype, shape, data: dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data) },
      ];
    }),
  );

  it.each([
    ['cpu', { target: 'cpu', optimize: true }],
    ['cpu without our passes', { target: 'cpu', optimize: false }],
    ['webgpu', { target: 'webgpu', optimize: true }],
  ] as const)('equals the float64 reference: %s', async (_, options) => {
    const expected = evaluate(spec, feeds);
    const found = await ortRunner()(toOnnx(spec, options).model, fed);
    compare(found, expected, 5);
  });

  it('is the same with checkpoints, on the reference', () => {
    const expected = evaluate(spec, feeds);
    const found = evaluate(
      trainStep((block, x) => checkpoint(block, [x])),
      feeds,
    );
    compare(found, expected, 12);
  });

  it('scatters the embedding gradient into that of the head', () => {
    expect(text(program.model)).not.toContain('Expand');
  });
});
