import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { grad } from './autodiff.ts';
import { checkpoint } from './checkpoint.ts';
import { evaluateTensors } from './evaluate.ts';
import { reachableNodes, type Tensor } from './ir.ts';
import { toOnnx } from './onnx/to-onnx.ts';
import * as ops from './ops/index.ts';
import { ndarray, sizeOf } from './reference/ndarray.ts';
import { checkPrim } from './testing/check-prim.ts';
import { ortRunner } from './testing/ort-node.ts';
import { runOnnx } from './testing/run-onnx.ts';

const random = (shape: readonly number[], seed: number) =>
  ndarray(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(Math.sin(i * 12.9898 + seed))),
  );
const key = ops.input('key', 'int64', [3]);
const x = ops.input('x', 'float32', [6, 4]);
const weights = Array.from({ length: 4 }, (_, i) => ops.parameter(`w${i}`, [4, 4]));
const feeds = {
  key: ndarray([3], [1, 2, 3]),
  x: random([6, 4], 1),
  ...Object.fromEntries(weights.map((_, i) => [`w${i}`, random([4, 4], i + 2)])),
};

/** A residual layer with dropout. */
const layer = (h: Tensor, i: number) =>
  ops.add(h, ops.dropout(ops.tanh(ops.matmul(h, weights[i]!)), { rate: 0.3, key, stream: i }));

/** Loss and gradients of four layers, grouped into regions by `wrap`. */
function network(wrap: (fn: (h: Tensor) => Tensor, h: Tensor) => Tensor): Tensor[] {
  const h = wrap((a) => layer(layer(a, 0), 1), x);
  const y = wrap(
    (a) =>
      layer(
        wrap((b) => layer(b, 2), a),
        3,
      ),
    h,
  );
  const loss = ops.sum(ops.mul(y, y));
  return [loss, ...grad(loss, [x, ...weights])];
}

const plain = network((fn, h) => fn(h));
const checkpointed = network((fn, h) => checkpoint(fn, [h]));

describe('checkpoint', () => {
  it('leaves values and gradients as they are, bit for bit, dropout and nested regions included', async () => {
    expect(evaluateTensors(checkpointed, feeds)).toEqual(evaluateTensors(plain, feeds));
    expect(await runOnnx(checkpointed, feeds)).toEqual(await runOnnx(plain, feeds));
    expect(await runOnnx(checkpointed, feeds, { optimize: false })).toEqual(
      await runOnnx(plain, feeds, { optimize: false }),
    );
  });

  it('is nothing for a region that does not use its inputs', () => {
    const w = weights[0]!;
    const loss = (region: Tensor) => ops.sum(ops.mul(region, x));
    const region = checkpoint(() => ops.matmul(x, w), [weights[1]!]);
    expect(evaluateTensors(grad(loss(region), [w]), feeds)).toEqual(
      evaluateTensors(grad(loss(ops.matmul(x, w)), [w]), feeds),
    );
  });

  it('draws random numbers again instead of keeping masks', () => {
    const count = (tensors: readonly Tensor[], name: string) =>
      reachableNodes(tensors).filter((node) => node.prim.name === name).length;
    expect([count(plain, 'dropout-mask'), count(checkpointed, 'dropout-mask')]).toEqual([4, 9]);
  });

  it('reads nothing of the original region in the backward pass', () => {
    const region = checkpoint((a) => ops.mul(ops.exp(ops.tanh(a)), 2), [x]);
    const loss = ops.sum(ops.mul(region, region));
    const originals = new Set(reachableNodes([region]));
    const gradientNodes = reachableNodes(grad(loss, [x])).filter((node) => !originals.has(node));
    const read = gradientNodes.flatMap((node) => node.inputs).filter((input) => originals.has(input.node));
    // Only the region's input, its result (by what comes after it) and constants are read.
    expect([...new Set(read.map((tensor) => tensor.node.prim.name))].sort()).toEqual([
      'checkpoint',
      'constant',
      'input',
    ]);
  });

  it('recomputes under ONNX Runtime: its optimizer merges nothing', async () => {
    // Exp occurs once in the forward pass and once more in the recomputed region.
    const [loss, dx] = (() => {
      const region = checkpoint((a) => ops.sin(ops.exp(a)), [x]);
      const total = ops.sum(ops.mul(region, region));
      return [total, grad(total, [x])[0]!];
    })();
    const folder = mkdtempSync(join(tmpdir(), 'athanor-checkpoint-'));
    try {
      const path = join(folder, 'optimized.onnx');
      const { model } = toOnnx({ outputs: { loss: loss!, dx: dx! } });
      const session = await InferenceSession.create(model, { optimizedModelFilePath: path, logSeverityLevel: 4 });
      await session.release();
      const text = readFileSync(path, 'latin1');
      // A NodeProto's op_type: field 4, three bytes.
      expect(text.split('"\u0003Exp')).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('equals the plain gradient for random chains and region borders (property)', () => {
    const steps: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
      (a) => ops.tanh(a),
      (a, b) => ops.mul(a, b),
      (a, b) => ops.matmul(a, ops.matmul(b, a, { transposeA: true })),
      (a, b) => ops.sub(ops.sin(a), b),
      (a) => ops.softmax(a),
    ];
    const a = ops.input('a', 'float64', [3, 3]);
    const b = ops.input('b', 'float64', [3, 3]);
    const values = { a: random([3, 3], 1), b: random([3, 3], 2) };
    const build = (chain: readonly number[], border: number, wrapped: boolean): Tensor[] => {
      const run = (from: Tensor, other: Tensor, part: readonly number[]) =>
        part.reduce((h, i) => steps[i]!(h, other), from);
      const first = (h: Tensor, other: Tensor) => run(h, other, chain.slice(0, border));
      const middle = wrapped ? checkpoint(first, [a, b]) : first(a, b);
      const loss = ops.mean(run(middle, a, chain.slice(border)));
      const gradients = grad(loss, [a, b]);
      const again = ops.sum(ops.add(ops.mul(gradients[0]!, gradients[0]!), gradients[1]!));
      return [loss, ...gradients, ...grad(again, [a, b])];
    };
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }), fc.nat(6), (chain, border) => {
        const [left, right] = [build(chain, border, true), build(chain, border, false)].map((all) =>
          evaluateTensors(all, values),
        );
        left!.forEach((value, i) => {
          value.data.forEach((v, j) => {
            expect(v).toBeCloseTo(right![i]!.data[j]!, 9);
          });
        });
      }),
      { numRuns: 25, seed: 8 },
    );
  });

  it('passes the checks of every prim', async () => {
    const region = (a: Tensor) => checkpoint((h) => ops.mul(ops.exp(h), h), [a]);
    await checkPrim('checkpoint', region, [[2, 3]], { runner: ortRunner() });
    await checkPrim(
      'after',
      (a, b) => ops.mul(ops.after(a, [b]), b),
      [
        [2, 3],
        [2, 3],
      ],
      { runner: ortRunner() },
    );
  });
});

describe('after', () => {
  it('changes no bit: NaN, infinity, -0 and tiny numbers, whatever the trigger holds', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 2 ** -149, -3.5, 2 ** 127];
    const trigger = ops.input('trigger', 'float32', [2]);
    for (const first of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      for (const dtype of ['float32', 'float64', 'int64', 'int32', 'bool'] as const) {
        const own = dtype.startsWith('float') ? values : [1, 0, 1, 0, 1, 0, 1, 1];
        const input = ops.input('v', dtype, [8]);
        const [result] = await runOnnx([ops.after(input, [trigger])], {
          v: ndarray([8], own),
          trigger: ndarray([2], [first, 1]),
        });
        own.forEach((value, i) => {
          expect(Object.is(result!.data[i], value)).toBe(true);
        });
      }
  });
});
