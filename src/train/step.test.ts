/** The loss is right: accumulation, masking, packing and checkpointing change nothing; AdamW is the paper's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, Program } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import type { Batch } from './batch.ts';
import { objectives } from './objectives/registry.gen.ts';
import { optimizers } from './optim/registry.gen.ts';
import { bindOptimizer } from './optimizer.ts';
import { buildLossAndGradients, buildStep, type StepOptions } from './step.ts';
import { Stepper } from './stepper.ts';
import { countingSource, packedBatch, relativeError, tinyLlama, VOCABULARY } from './testing.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ threads: 1, spinning: false });
});
afterAll(() => backend?.dispose());

const adamwConfig = optimizers.adamw.config.parse({ lr: 0.01, eps: 1e-6 });

function options(batchSize: number, sequenceLength: number, more: Partial<StepOptions> = {}): StepOptions {
  const optimizer = bindOptimizer(optimizers.adamw, adamwConfig);
  return {
    model: tinyLlama(),
    objective: objectives.pretrain,
    optimizer,
    batchSize,
    sequenceLength,
    dropout: 0,
    ...more,
  };
}

/** Mean loss and gradients, flattened, of batches summed before the one division. */
async function lossAndGradients(step: StepOptions, batches: readonly Batch[]) {
  const program = await Program.compile(() => buildLossAndGradients(step), { backend });
  program.initialize({ seed: 1 });
  const counted = batches.reduce((n, { labels }) => n + labels.filter((label) => label !== -100n).length, 0);
  const names = new Set(program.inputs.map(({ name }) => name));
  const gradients: number[] = [];
  let loss = 0;
  for (const batch of batches) {
    const fed = Object.entries({ ...batch, loss_scale: 1 / counted }).filter(([name]) => names.has(name));
    const outputs = await program.run(Object.fromEntries(fed));
    loss += Number(outputs.loss_sum!.data[0]) / counted;
    let at = 0;
    for (const [name, { data }] of Object.entries(outputs))
      if (name.startsWith('grad.')) for (const value of data) gradients[at] = (gradients[at++] ?? 0) + Number(value);
  }
  program.dispose();
  return { loss, gradients };
}

function expectSame(a: { loss: number; gradients: number[] }, b: { loss: number; gradients: number[] }) {
  expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-6);
  expect(relativeError(a.gradients, b.gradients)).toBeLessThan(1e-5);
}

describe('the loss', () => {
  const documents = [
    [1, 2, 3, 4, 5, 6],
    [9, 8, 7],
    [20, 22, 24, 26, 28],
  ];

  it('is the same in one batch and in accumulated ones with different counts', async () => {
    const whole = packedBatch([[documents[0]!], [documents[1]!], [documents[2]!], [[3, 5]]], 8);
    const part = (from: number): Batch => ({
      input_ids: whole.input_ids.slice(from * 8, (from + 1) * 8),
      labels: whole.labels.slice(from * 8, (from + 1) * 8),
    });
    expectSame(
      await lossAndGradients(options(1, 8), [0, 1, 2, 3].map(part)),
      await lossAndGradients(options(4, 8), [whole]),
    );
  });

  it('is the same packed in one row and in rows of their own', async () => {
    const apart = packedBatch(
      documents.map((document) => [document]),
      16,
    );
    const packed = packedBatch([documents], 16);
    const together = await lossAndGradients(options(1, 16, { documents: true }), [packed]);
    expectSame(together, await lossAndGradients(options(3, 16, { documents: true }), [apart]));
    // Without positions and segments later documents would see earlier ones.
    const mixed = await lossAndGradients(options(1, 16), [packed]);
    expect(Math.abs(mixed.loss / together.loss - 1)).toBeGreaterThan(1e-6);
  });

  it('does not see what padding and ignored labels hold', async () => {
    const batch = packedBatch([[documents[0]!], [documents[1]!]], 8);
    const noisy = {
      ...batch,
      input_ids: batch.input_ids.map((id, i) => (i >= 8 + 3 ? BigInt((i * 7) % VOCABULARY) : id)),
    };
    expectSame(await lossAndGradients(options(2, 8), [noisy]), await lossAndGradients(options(2, 8), [batch]));
  });

  it('and its gradients survive activation checkpointing, with dropout too', async () => {
    const batch = await countingSource(2, 8).batch(0);
    const model = tinyLlama({ num_hidden_layers: 2 });
    const fed = { ...batch, rng_key: BigInt64Array.of(1n, 2n, 3n) };
    for (const dropout of [0, 0.3]) {
      const plain = await lossAndGradients(options(2, 8, { model, dropout }), [fed]);
      expectSame(await lossAndGradients(options(2, 8, { model, dropout, checkpointing: true }), [fed]), plain);
    }
  });
});

describe('a step', () => {
  async function weightsAfter(step: StepOptions, batches: readonly Batch[], accumulation: number, clipNorm: number) {
    const stepper = await Stepper.create({ ...step, backend, accumulation, clipNorm, seed: 1 });
    stepper.initialize();
    const results = [];
    for (let i = 0; i < 2; i++) results.push(await stepper.step(batches, i, 0.01));
    const weights: number[] = [];
    for (const name of stepper.weights) weights.push(...((await stepper.store.read(name)).data as Float32Array));
    stepper.dispose();
    return { weights, results };
  }

  it('is the same accumulated and at once', async () => {
    const large = await countingSource(4, 8).batch(0);
    const halves = [0, 16].map((from) => ({
      input_ids: large.input_ids.slice(from, from + 16),
      labels: large.labels.slice(from, from + 16),
    }));
    const once = await weightsAfter(options(4, 8), [large], 1, 0.1);
    const twice = await weightsAfter(options(2, 8), halves, 2, 0.1);
    expect(relativeError(twice.weights, once.weights)).toBeLessThan(1e-5);
    expect(twice.results[1]!.loss).toBeCloseTo(once.results[1]!.loss, 5);
    expect(twice.results[1]!.gradNorm).toBeCloseTo(once.results[1]!.gradNorm, 4);
  });

  it('in place equals separate buffers bit for bit', async () => {
    const batch = await countingSource(2, 8).batch(0);
    const final = [];
    for (const inPlace of [true, false]) {
      const step = options(2, 8);
      const program = await Program.compile(() => buildStep(step), { backend, inPlace });
      program.initialize({ seed: 1 });
      for (let i = 0; i < 3; i++)
        await program.run({
          ...batch,
          loss_scale: 0.1,
          clip_norm: Number.POSITIVE_INFINITY,
          ...step.optimizer.scalars(i + 1, 0.01),
        });
      const states = [];
      for (const { name } of program.states) states.push([name, [...(await program.store.read(name)).data]]);
      final.push(states);
      program.dispose();
    }
    expect(final[0]).toEqual(final[1]);
  });

  it('without counted tokens leaves weights finite', async () => {
    const batch = await countingSource(2, 8).batch(0);
    const { weights, results } = await weightsAfter(
      options(2, 8),
      [{ ...batch, labels: batch.labels.map(() => -100n) }],
      1,
      1,
    );
    expect(results[0]).toEqual({ loss: 0, gradNorm: 0, counted: 0 });
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  it('of AdamW equals algorithm 2 of the paper in float64, with clipping', async () => {
    const step = options(2, 8);
    const batch = await countingSource(2, 8).batch(0);
    const counted = batch.labels.filter((label) => label !== -100n).length;
    const {
      betas: [beta1, beta2],
      eps,
      weight_decay,
    } = adamwConfig;
    const program = await Program.compile(() => buildLossAndGradients(step), { backend });
    const stepper = await Stepper.create({ ...step, backend, accumulation: 1, clipNorm: 0.5, seed: 1 });
    stepper.initialize();
    for (const name of stepper.weights) {
      const { dtype, shape, data } = await stepper.store.read(name);
      program.store.create(name, dtype, shape, data);
    }
    const moments = new Map<string, { m: Float64Array; v: Float64Array }>();
    for (let t = 1; t <= 3; t++) {
      const lr = 0.01 / t;
      const { loss_sum, ...gradients } = await program.run({ ...batch, loss_scale: 1 / counted });
      const squares = Object.values(gradients).flatMap(({ data }) => [...data].map((g) => Number(g) ** 2));
      const norm = Math.sqrt(squares.reduce((a, b) => a + b));
      const clip = Math.min(1, 0.5 / (norm + 1e-6));
      for (const name of stepper.weights) {
        const weight = (await program.store.read(name)).data as Float32Array;
        const { m, v } = moments.get(name) ?? {
          m: new Float64Array(weight.length),
          v: new Float64Array(weight.length),
        };
        moments.set(name, { m, v });
        const decay = name.includes('proj') ? weight_decay : 0;
        gradients[`grad.${name}`]!.data.forEach((value: number | bigint, i: number) => {
          const g = Number(value) * clip;
          m[i] = beta1 * m[i]! + (1 - beta1) * g;
          v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
          const update = m[i]! / (1 - beta1 ** t) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + eps);
          weight[i] = weight[i]! * (1 - lr * decay) - lr * update;
        });
        program.store.write(name, weight);
      }
      const result = await stepper.step([batch], t - 1, lr);
      expect(result.loss).toBeCloseTo(Number(loss_sum!.data[0]) / counted, 5);
      expect(Math.abs(result.gradNorm / norm - 1)).toBeLessThan(1e-5);
    }
    for (const name of stepper.weights) {
      const expected = (await program.store.read(name)).data as Float32Array;
      expect(relativeError((await stepper.store.read(name)).data as Float32Array, expected)).toBeLessThan(1e-5);
    }
    program.dispose();
    stepper.dispose();
  });
});
