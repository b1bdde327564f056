import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../core/index.ts';
import { grad } from './autodiff.ts';
import { evaluateTensors } from './evaluate.ts';
import * as ops from './ops/index.ts';
import { type NdArray, ndarray, sizeOf } from './reference/ndarray.ts';
import { runOnnx } from './testing/run-onnx.ts';

const keyOf = (seedLow: number, seedHigh: number, step: number) => ndarray([3], [seedLow, seedHigh, step]);
const key = ops.input('key', 'int64', [3]);
const mean = (x: NdArray) => x.data.reduce((a, b) => a + b, 0) / x.data.length;

describe('Philox4x32-10', () => {
  it('gives the known answers of Random123 (kat_vectors, philox4x32 10)', () => {
    const ones = 0xffffffff;
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(philox4x32([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it('is the same function in the graph: first known answer', async () => {
    const [bits] = await runOnnx([ops.randomBits([4], { key, stream: 0 })], { key: keyOf(0, 0, 0) });
    expect([...bits!.data]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it('equals core/rng bit for bit (property)', async () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const step = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 53 - 1 }));
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(word, word, step, word, sizes, async (seedLow, seedHigh, at, stream, shape) => {
        const tensor = ops.randomBits(shape, { key, stream });
        const feeds = { key: keyOf(seedLow, seedHigh, at) };
        const [bits] = await runOnnx([tensor], feeds);
        const size = sizeOf(shape);
        const blocks = Math.ceil(size / 4);
        const counter = (block: number): [number, number, number, number] => [
          block,
          stream,
          at % 2 ** 32,
          Math.floor(at / 2 ** 32),
        ];
        const words = Array.from({ length: blocks }, (_, block) => philox4x32(counter(block), [seedLow, seedHigh]));
        const expected = Array.from({ length: size }, (_, e) => words[e % blocks]![Math.floor(e / blocks)]);
        expect([...bits!.data]).toEqual(expected);
        expect(evaluateTensors([tensor], feeds)[0]).toEqual(bits);
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it('takes sizes known at run time', async () => {
    const x = ops.input('x', 'float32', ['B', 'T', 3]);
    const key64 = keyOf(1, 2, 3);
    for (const [b, t] of [
      [1, 1],
      [3, 5],
      [4, 8],
    ] as const) {
      const shape = [b, t, 3];
      const open = [ops.randomUniform(x.shape, { key, stream: 4 }), ops.dropout(x, { rate: 0.3, key, stream: 4 })];
      const closed = [
        ops.randomUniform(shape, { key, stream: 4 }),
        ops.dropout(ops.input('x', 'float32', shape), { rate: 0.3, key, stream: 4 }),
      ];
      const feeds = { key: key64, x: ndarray(shape, new Float64Array(b * t * 3).fill(1)) };
      expect(await runOnnx(open, feeds)).toEqual(await runOnnx(closed, feeds));
    }
  });
});

describe('distributions', () => {
  const n = 20_000;
  const feeds = { key: keyOf(123, 456, 789) };

  it.each(['float32', 'float64'] as const)(
    'uniform and normal have their moments and equal the reference (%s)',
    async (dtype) => {
      const tensors = [
        ops.randomUniform([n], { key, stream: 1, dtype }),
        ops.randomNormal([n + 1], { key, stream: 2, dtype }),
      ];
      const [uniform, normal] = await runOnnx(tensors, feeds);
      const [exactUniform, exactNormal] = evaluateTensors(tensors, feeds);
      expect(uniform).toEqual(exactUniform);
      normal!.data.forEach((value, i) => {
        expect(Math.abs(value - exactNormal!.data[i]!)).toBeLessThan(dtype === 'float32' ? 2e-6 : 1e-12);
      });
      expect(Math.min(...uniform!.data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...uniform!.data)).toBeLessThan(1);
      const moment = (x: NdArray, power: number) => mean({ ...x, data: x.data.map((value) => value ** power) });
      // Five standard errors.
      expect(Math.abs(mean(uniform!) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
      expect(Math.abs(mean(normal!))).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(moment(normal!, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
      expect(Math.abs(moment(normal!, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    },
  );

  it('differ by stream, step and seed, and repeat with all three', async () => {
    const draw = async (stream: number, ...values: [number, number, number]) => {
      const [bits] = await runOnnx([ops.randomBits([8], { key, stream })], { key: keyOf(...values) });
      return bits!.data.join();
    };
    const all = await Promise.all([
      draw(0, 1, 1, 1),
      draw(1, 1, 1, 1),
      draw(0, 2, 1, 1),
      draw(0, 1, 2, 1),
      draw(0, 1, 1, 2),
    ]);
    expect(new Set(all).size).toBe(5);
    expect(await draw(0, 1, 1, 1)).toBe(all[0]);
  });
});

describe('dropout', () => {
  const feeds = {
    key: keyOf(5, 6, 7),
    x: ndarray(
      [100, 80],
      Float64Array.from({ length: 8000 }, (_, i) => 1 + (i % 7)),
    ),
  };
  const x = ops.input('x', 'float32', [100, 80]);

  it.each([0.1, 0.5, 0.9])(
    'keeps 1 - rate of the elements, scaled, and sends the gradient the same way (%s)',
    async (rate) => {
      const y = ops.dropout(x, { rate, key, stream: 9 });
      const [dx] = grad(ops.sum(ops.mul(y, y)), [x]);
      const [value, gradient] = await runOnnx([y, dx!], feeds);
      const [exact, exactGradient] = evaluateTensors([y, dx!], feeds);
      const scale = 65536 / Math.round((1 - rate) * 65536);
      let kept = 0;
      value!.data.forEach((v, i) => {
        const dropped = v === 0;
        if (!dropped) kept++;
        expect(v).toBeCloseTo(dropped ? 0 : feeds.x.data[i]! * scale, 4);
        expect(gradient!.data[i]! / (2 * scale)).toBeCloseTo(v, 3);
        expect(Math.sign(v)).toBe(Math.sign(exact!.data[i]!));
        expect(gradient!.data[i]).toBeCloseTo(exactGradient!.data[i]!, 2);
      });
      expect(Math.abs(kept / 8000 - (1 - rate))).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / 8000));
    },
  );

  it('is nothing at rate 0, and refuses rates outside of [0, 1)', () => {
    expect(ops.dropout(x, { rate: 0, key, stream: 0 })).toBe(x);
    for (const rate of [-0.1, 1, 1.5, Number.NaN])
      expect(() => ops.dropout(x, { rate, key, stream: 0 })).toThrow(/rate .* is not in \[0, 1\)/);
    expect(() => ops.dropout(x, { rate: 0.5, key, stream: -1 })).toThrow(/stream -1/);
    expect(() => ops.randomUniform([3], { key: x, stream: 0 })).toThrow(/a key: int64 \[3\]/);
  });
});
