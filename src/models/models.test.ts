/** Configs, weights by name, and generation over a cache against the whole sequence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../core/index.ts';
import { type Backend, type HostTensor, initialValue, Program, type Store } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import {
  buildCached,
  buildScore,
  cacheWidth,
  createModel,
  int8ToOffset,
  int8Transform,
  type Model,
  modelFromConfig,
  modelSpecSchema,
  modelToConfig,
  parameterCount,
  parameterSpecs,
  trainingFlopsPerToken,
} from './index.ts';
import { ropeTables } from './layers/rope-tables.ts';

const llamaSpec = {
  type: 'llama',
  vocab_size: 50,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 32,
};
const gpt2Spec = { type: 'gpt2', vocab_size: 50, n_embd: 64, n_layer: 2, n_head: 4, n_positions: 32 };

describe('configs', () => {
  it('derive what is left out', () => {
    const { config } = createModel({ type: 'llama', vocab_size: 10, hidden_size: 192, num_hidden_layers: 3 });
    expect(config).toMatchObject({
      num_attention_heads: 3,
      num_key_value_heads: 3,
      head_dim: 64,
      intermediate_size: 512,
    });
    expect(createModel({ type: 'gpt2', vocab_size: 10, n_embd: 8, n_head: 2 }).config.n_inner).toBe(32);
  });

  it.each([
    [
      { type: 'llama', vocab_size: 9, hidden_size: 65, num_attention_heads: 4 },
      /hidden_size: 65 is not divisible by num_attention_heads 4/,
    ],
    [
      { type: 'llama', vocab_size: 9, num_attention_heads: 4, num_key_value_heads: 3 },
      /num_key_value_heads: 3 does not divide/,
    ],
    [{ type: 'llama', vocab_size: 9, hidden_size: 12, num_attention_heads: 4 }, /head_dim: 3 is odd/],
    [{ type: 'gpt2', vocab_size: 9, n_embd: 10, n_head: 4 }, /n_embd: 10 is not divisible by n_head 4/],
    [{ type: 'llama' }, /vocab_size/],
    [{ type: 'lama', vocab_size: 9 }, /unknown model type 'lama'/],
    [{ type: 'llama', vocab_size: 9, hidden_sise: 3 }, /unknown key 'hidden_sise'/],
  ])('refuse %o', (spec, message) => {
    expect(() => createModel(spec, 'recipe.yaml')).toThrow(message);
  });

  it('in recipes leave the vocabulary to the tokenizer, and are strict', () => {
    expect(modelSpecSchema.parse({ type: 'llama', hidden_size: 192 })).toMatchObject({
      type: 'llama',
      hidden_size: 192,
    });
    expect(modelSpecSchema.safeParse({ type: 'llama', n_embd: 192 }).success).toBe(false);
    expect(modelSpecSchema.safeParse({ type: 'gpt3' }).success).toBe(false);
  });

  it('go to and from Hugging Face, keeping keys that are not ours', () => {
    const model = createModel(llamaSpec);
    const json = modelToConfig(model, { bos_token_id: 1, transformers_version: '4.0' });
    expect(json).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      torch_dtype: 'float32',
      num_key_value_heads: 2,
    });
    const { model: again, extra } = modelFromConfig({ ...json, rope_scaling: null, pretraining_tp: 1 }, 'config.json');
    expect(again.config).toEqual(model.config);
    expect(extra).toMatchObject({ bos_token_id: 1, transformers_version: '4.0' });
    const nested = { ...json, rope_theta: undefined, rope_parameters: { rope_theta: 5e5, rope_type: 'default' } };
    expect(modelFromConfig(nested, 'config.json').model.config.rope_theta).toBe(5e5);
    expect(() => modelFromConfig({ ...json, num_local_experts: 8 }, 'c')).toThrow(
      /num_local_experts = 8 is not supported/,
    );
    expect(() => modelFromConfig({ ...json, rope_scaling: { rope_type: 'yarn' } }, 'c')).toThrow(/rope_scaling/);
    expect(() => modelFromConfig({ model_type: 'bert' }, 'c')).toThrow(/unknown model type 'bert'/);
    expect(() => modelFromConfig([], 'c')).toThrow(/not a JSON object/);
  });
});

describe('weights', () => {
  it('have the names of Hugging Face, tied ones once', () => {
    const names = parameterSpecs(createModel({ ...llamaSpec, num_hidden_layers: 1 })).map(
      ({ name, shape }) => `${name} [${shape}]`,
    );
    expect(names).toEqual([
      'model.embed_tokens.weight [50,64]',
      'model.layers.0.input_layernorm.weight [64]',
      'model.layers.0.self_attn.q_proj.weight [64,64]',
      'model.layers.0.self_attn.k_proj.weight [32,64]',
      'model.layers.0.self_attn.v_proj.weight [32,64]',
      'model.layers.0.self_attn.o_proj.weight [64,64]',
      'model.layers.0.post_attention_layernorm.weight [64]',
      'model.layers.0.mlp.gate_proj.weight [96,64]',
      'model.layers.0.mlp.up_proj.weight [96,64]',
      'model.layers.0.mlp.down_proj.weight [64,96]',
      'model.norm.weight [64]',
    ]);
    expect(parameterSpecs(createModel({ ...llamaSpec, tie_word_embeddings: false })).at(-1)?.name).toBe(
      'lm_head.weight',
    );
    const gpt2 = createModel(gpt2Spec);
    expect(parameterSpecs(gpt2).find(({ name }) => name === 'transformer.h.0.attn.c_attn.weight')?.shape).toEqual([
      64, 192,
    ]);
    expect(gpt2.tensorName('h.1.mlp.c_fc.bias')).toBe('transformer.h.1.mlp.c_fc.bias');
    expect(gpt2.tensorName('h.1.attn.bias')).toBeUndefined();
    expect(gpt2.tensorName('lm_head.weight')).toBeUndefined();
  });

  it('are counted as GPT-2 small is: 124.4 M', () => {
    const small = createModel({
      type: 'gpt2',
      vocab_size: 50257,
      n_embd: 768,
      n_layer: 12,
      n_head: 12,
      n_positions: 1024,
    });
    expect(parameterCount(small)).toBe(124_439_808);
    expect(trainingFlopsPerToken(small, 1024) / (6 * 124e6)).toBeCloseTo(1.15, 1);
  });
});

describe('rotary tables', () => {
  it('hold angles position · theta^(-2i/d), stretched by scaling', () => {
    const { cos, sin, half } = ropeTables(10, 8, 10_000);
    expect(cos[7 * half + 1]).toBeCloseTo(Math.cos(7 * 0.1), 6);
    expect(sin[7 * half + 3]).toBeCloseTo(Math.sin(7 * 0.001), 6);
    expect(ropeTables(10, 8, 10_000, { type: 'linear', factor: 2 }).cos[8 * half]).toBeCloseTo(Math.cos(4), 6);
    const llama3 = ropeTables(3, 128, 500_000, {
      rope_type: 'llama3',
      factor: 8,
      original_max_position_embeddings: 8192,
    });
    expect(llama3.cos[2 * 64]).toBeCloseTo(Math.cos(2), 6); // high frequencies stay
    expect(llama3.sin[2 * 64 + 63]).toBeCloseTo((2 * 500_000 ** (-126 / 128)) / 8, 9); // low ones are divided
  });
});

describe('generation over a cache', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend({ threads: 1, spinning: false });
  });
  afterAll(() => backend?.dispose());

  const tokens = Array.from({ length: 12 }, (_, i) => (i * i * 7 + 3) % 50);

  function fill(model: Model, store: Store): void {
    for (const { name, shape, role } of parameterSpecs(model)) {
      const init =
        role === 'norm' && name.endsWith('weight') ? { kind: 'ones' as const } : { kind: 'normal' as const, std: 0.15 };
      store.create(name, 'float32', shape, initialValue(name, 'float32', shape, init, 3));
    }
  }

  async function fullLogits(model: Model, store: Store): Promise<Float32Array> {
    const program = await Program.compile(() => buildScore(model, { batch: 1, time: 12, logits: true }), {
      backend,
      store,
    });
    const ids = BigInt64Array.from(tokens, BigInt);
    const { logits } = await program.run({ input_ids: ids, labels: ids });
    program.dispose();
    return logits!.data as Float32Array;
  }

  const int64 = (values: readonly number[], shape: number[]): HostTensor => ({
    dtype: 'int64',
    shape,
    data: BigInt64Array.from(values, BigInt),
  });

  it.each([
    ['llama', llamaSpec],
    ['gpt2', gpt2Spec],
    ['llama with heads of 24', { ...llamaSpec, head_dim: 24 }],
    ['llama with heads of 6', { ...llamaSpec, head_dim: 6 }],
    ['gpt2 with heads of 5', { ...gpt2Spec, n_embd: 20 }],
  ])('of %s: prefill and decode equal the whole sequence, rows of different length', async (_, spec) => {
    const model = createModel(spec);
    const store = backend.createStore();
    fill(model, store);
    const expected = await fullLogits(model, store);
    const { layers, kvHeads, headDim } = model.dims;
    for (let layer = 0; layer < layers; layer++)
      for (const kind of ['k', 'v'])
        store.create(`cache.${kind}.${layer}`, 'float32', [3, kvHeads, 32, cacheWidth(headDim)]);
    const prefill = await Program.compile(
      () => buildCached(model, { batch: 'B', time: 'S', maxLength: 32, logitRows: 1 }),
      { backend, store },
    );
    const decode = await Program.compile(() => buildCached(model, { batch: 'B', time: 1, maxLength: 32 }), {
      backend,
      store,
    });
    const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    const only = (program: Program, feeds: Record<string, HostTensor>) =>
      Object.fromEntries(Object.entries(feeds).filter(([name]) => program.inputs.some((input) => input.name === name)));
    const lengths = [7, 4];
    for (const [row, length] of lengths.entries()) {
      const { logits } = await prefill.run(
        only(prefill, {
          input_ids: int64(tokens.slice(0, length), [1, length]),
          positions: int64(range(0, length), [1, length]),
          rows: int64([length - 1], [1]),
          seqlens_k: { dtype: 'int32', shape: [1], data: Int32Array.of(length - 1) },
          total_length: { dtype: 'int32', shape: [], data: Int32Array.of(length) },
        }),
        { rows: { start: row, count: 1 } },
      );
      expectClose(logits!.data as Float32Array, expected.subarray((length - 1) * 50, length * 50));
    }
    for (let step = 0; step < 5; step++) {
      const at = lengths.map((length) => length + step);
      const { logits } = await decode.run(
        only(decode, {
          input_ids: int64(
            at.map((position) => tokens[position]!),
            [2, 1],
          ),
          positions: int64(at, [2, 1]),
          seqlens_k: { dtype: 'int32', shape: [2], data: Int32Array.from(at) },
          total_length: { dtype: 'int32', shape: [], data: Int32Array.of(Math.max(...at) + 1) },
        }),
        { rows: { start: 0, count: 2 } },
      );
      at.forEach((position, row) => {
        const row_V = (logits!.data as Float32Array).subarray(row * 50, (row + 1) * 50);
        expectClose(row_V, expected.subarray(position * 50, (position + 1) * 50));
      });
    }
    prefill.dispose();
    decode.dispose();
    store.dispose();
  });

  it('computes quantized layers from int8 blocks', async () => {
    const model = createModel({ ...llamaSpec, attention_bias: true });
    const plain = backend.createStore();
    fill(model, plain);
    const quantized = backend.createStore();
    const rng = new Rng(9);
    for (const { name, shape, role } of parameterSpecs(model)) {
      if (role !== 'linear') {
        quantized.create(name, 'float32', shape, plain.view(name));
        continue;
      }
      const [out, width] = shape as [number, number];
      const values = Int8Array.from({ length: out * width }, () => rng.int(255) - 127);
      const scales = Float32Array.from({ length: (out * width) / 32 }, () => 0.001 + 0.001 * rng.uniform());
      quantized.create(name, 'uint8', [out, width / 32, 32], int8ToOffset(values));
      quantized.create(`${name}_scale`, 'float32', [scales.length], scales);
      plain.write(
        name,
        Float32Array.from(values, (value, i) => value * scales[Math.floor(i / 32)]!),
      );
    }
    const expected = await fullLogits(model, plain);
    const ids = BigInt64Array.from(tokens, BigInt);
    for (const [accuracyLevel, tolerance] of [
      [1, 1e-4],
      [4, 0.1],
    ] as const) {
      const isQuantized = (name: string) => name.includes('layers');
      const transforms = [int8Transform({ isQuantized, accuracyLevel })];
      const program = await Program.compile(() => buildScore(model, { batch: 1, time: 12, logits: true, transforms }), {
        backend,
        store: quantized,
      });
      const { logits } = await program.run({ input_ids: ids, labels: ids });
      program.dispose();
      expectClose(logits!.data as Float32Array, expected, tolerance);
    }
    plain.dispose();
    quantized.dispose();
  });

  function expectClose(a: Float32Array, b: Float32Array, tolerance = 1e-4): void {
    let worst = 0;
    for (let i = 0; i < b.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
    expect(worst).toBeLessThan(tolerance);
  }
});
