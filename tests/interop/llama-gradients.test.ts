/**
 * Loss, every parameter's gradient and whole AdamW steps with clipping equal PyTorch's on the same weights and batch. The
 * referee is llama_gradients.py on a Python that has torch: ATHANOR_TORCH_PYTHON, Debian's, or a virtual environment.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { createModel, type Model, parameterSpecs } from '../../src/models/index.ts';
import { type Backend, Program } from '../../src/runtime/index.ts';
import { openBackend } from '../../src/runtime/node.ts';
import {
  bindOptimizer,
  buildLossAndGradients,
  objectives,
  optimizers,
  type StepOptions,
  Stepper,
} from '../../src/train/index.ts';
import { runPython } from '../helpers/python.ts';
import { torchPython } from '../helpers/torch.ts';

const [B, T, V] = [3, 24, 97];
const optimizerConfig = optimizers.adamw.config.parse({ lr: 2e-3, betas: [0.9, 0.95], eps: 1e-5, weight_decay: 0.1 });
const CLIP = 0.5;
const STEPS = 2;

const cases: { readonly name: string; readonly spec: Record<string, unknown>; readonly documents?: boolean }[] = [
  {
    name: 'Llama, tied, grouped-query attention',
    spec: {
      type: 'llama',
      hidden_size: 64,
      intermediate_size: 96,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
    },
  },
  {
    name: 'Llama, untied, biases, multi-query, packed documents',
    spec: {
      type: 'llama',
      hidden_size: 48,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      num_key_value_heads: 1,
      head_dim: 24,
      tie_word_embeddings: false,
      attention_bias: true,
      mlp_bias: true,
      rope_theta: 500_000,
    },
    documents: true,
  },
  { name: 'GPT-2, tanh GELU', spec: { type: 'gpt2', n_embd: 64, n_layer: 2, n_head: 4 } },
  {
    name: 'GPT-2, erf GELU, untied, packed documents',
    spec: { type: 'gpt2', n_embd: 48, n_layer: 2, n_head: 2, activation_function: 'gelu', tie_word_embeddings: false },
    documents: true,
  },
];

let backend: Backend;
let python: string;
beforeAll(async () => {
  backend = await openBackend({ threads: 1, spinning: false });
  python = await torchPython();
});
afterAll(() => backend?.dispose());

/** Random weights that leave nothing at its special initial value: norms near 1, biases not 0. */
function randomWeights(model: Model): Map<string, Float32Array> {
  return new Map(
    parameterSpecs(model).map(({ name, shape, role }, index) => {
      const rng = new Rng(11, index);
      const length = shape.reduce((product, size) => product * size, 1);
      const values = Float32Array.from({ length }, () => 0.12 * rng.normal());
      return [name, role === 'norm' && name.endsWith('weight') ? values.map((value) => 1 + value) : values];
    }),
  );
}

/** Labels with ignored ones; three documents a row where documents are packed. */
function randomBatch(documents: boolean) {
  const rng = new Rng(5);
  const ids = Array.from({ length: B * T }, () => rng.int(V));
  const labels = ids.map(() => (rng.uniform() < 0.2 ? -100 : rng.int(V)));
  const segments = ids.map((_, i) => (documents ? Math.floor((i % T) / 9) : 0));
  const positions = ids.map((_, i) => (documents ? (i % T) % 9 : i % T));
  return { ids, labels, segments, positions };
}

const int64 = (values: readonly number[]) => BigInt64Array.from(values, BigInt);
const rows = (values: readonly number[]) => Array.from({ length: B }, (_, b) => values.slice(b * T, (b + 1) * T));

/** ‖a - b‖ / ‖b‖. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

async function askTorch(task: object, weights: ReadonlyMap<string, Float32Array>) {
  const directory = mkdtempSync(join(tmpdir(), 'athanor-torch-'));
  try {
    writeFileSync(join(directory, 'task.json'), JSON.stringify(task));
    writeFileSync(
      join(directory, 'weights.bin'),
      Buffer.concat([...weights.values()].map((w) => new Uint8Array(w.buffer))),
    );
    await runPython(python, fileURLToPath(new URL('llama_gradients.py', import.meta.url)), { args: [directory] });
    const result = JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')) as {
      losses: number[];
      norms: number[];
    };
    const bytes = readFileSync(join(directory, 'result.bin'));
    return {
      ...result,
      values: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe.each(cases)('$name', ({ spec, documents = false }) => {
  it.each(['float32', 'float64'])('equals torch in %s: loss, gradients, AdamW steps', async (dtype) => {
    const model = createModel({ ...spec, vocab_size: V, ...(spec.type === 'gpt2' ? { n_positions: T } : {}) });
    const weights = randomWeights(model);
    const { ids, labels, segments, positions } = randomBatch(documents);
    const specs = parameterSpecs(model);
    const torch = await askTorch(
      {
        type: spec.type,
        config: model.config,
        dtype,
        parameters: specs.map(({ name, shape }) => [name, shape]),
        decayed: specs.filter(({ role }) => role === 'linear').map(({ name }) => name),
        input_ids: rows(ids),
        labels: rows(labels),
        positions: rows(positions),
        segments: documents ? rows(segments) : null,
        optimizer: optimizerConfig,
        clip_norm: CLIP,
        steps: STEPS,
      },
      weights,
    );
    const options: StepOptions = {
      model,
      objective: objectives.pretrain,
      optimizer: bindOptimizer(optimizers.adamw, optimizerConfig),
      batchSize: B,
      sequenceLength: T,
      documents,
      dropout: 0,
    };
    const batch = {
      input_ids: int64(ids),
      labels: int64(labels),
      segment_ids: int64(segments),
      positions: int64(positions),
    };
    const counted = labels.filter((label) => label !== -100).length;

    const program = await Program.compile(() => buildLossAndGradients(options), { backend });
    for (const { name, shape } of specs) program.store.create(name, 'float32', shape, weights.get(name)!);
    const feeds = Object.fromEntries(
      Object.entries({ ...batch, loss_scale: 1 / counted }).filter(([name]) =>
        program.inputs.some((spec) => spec.name === name),
      ),
    );
    const outputs = await program.run(feeds);
    program.dispose();
    expect(Math.abs(Number(outputs.loss_sum!.data[0]) / counted / torch.losses[0]! - 1)).toBeLessThan(1e-6);

    const stepper = await Stepper.create({ ...options, backend, accumulation: 1, clipNorm: CLIP, seed: 0 });
    for (const { name, shape } of specs) stepper.store.create(name, 'float32', shape, weights.get(name)!);
    stepper.initialize();
    for (let step = 0; step < STEPS; step++) {
      const { loss, gradNorm } = await stepper.step([batch], step, optimizerConfig.lr);
      expect(Math.abs(loss / torch.losses[step]! - 1)).toBeLessThan(1e-5);
      expect(Math.abs(gradNorm / torch.norms[step]! - 1)).toBeLessThan(1e-5);
      expect(gradNorm).toBeGreaterThan(CLIP); // clipping is at work
    }
    let at = 0;
    const take = (length: number) => {
      at += length;
      return torch.values.subarray(at - length, at);
    };
    const errors: Record<string, number> = {};
    for (const { name } of specs) {
      const ours = outputs[`grad.${name}`]!.data as Float32Array;
      errors[`grad ${name}`] = relativeError(ours, take(ours.length));
    }
    for (const { name } of specs) {
      const ours = (await stepper.store.read(name)).data as Float32Array;
      errors[`weight ${name}`] = relativeError(ours, take(ours.length));
    }
    stepper.dispose();
    const wrong = Object.entries(errors).filter(([, error]) => !(error <= 1e-5));
    expect(wrong).toEqual([]);
  });
});
