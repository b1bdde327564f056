import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../core/index.ts';
import { fromFloat32Array } from '../runtime/index.ts';
import { type WritableTensor, writeSafetensors } from '../runtime/node.ts';
import { createModel, type Model, parameterSpecs } from './index.ts';
import { loadModel, modelHash, renderModelCard, saveModel } from './node.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'athanor-model-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const llama = () =>
  createModel({
    type: 'llama',
    vocab_size: 12,
    hidden_size: 32,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  });

function weights(model: Model): WritableTensor[] {
  return parameterSpecs(model).map(({ name, shape }, i) => {
    const rng = new Rng(1, i);
    return {
      name,
      dtype: 'float32',
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
    };
  });
}

const card = {
  name: 'tiny',
  licenses: ['apache-2.0'],
  datasets: ['none'],
  summary: 'A test.',
  facts: { parameters: 1 },
};

describe('model directories', () => {
  it('are saved whole, in the layout of Hugging Face, and load back', async () => {
    const model = llama();
    const tensors = weights(model);
    const tokenizer = join(root, 'tok');
    mkdirSync(tokenizer);
    writeFileSync(join(tokenizer, 'tokenizer.json'), '{}');
    writeFileSync(join(tokenizer, 'notes.txt'), 'not copied');
    const directory = join(root, 'm');
    await saveModel(directory, {
      model,
      tensors,
      extra: { eos_token_id: 2 },
      tokenizerDirectory: tokenizer,
      card,
      generation: { temperature: 0.7 },
    });
    expect(readdirSync(directory).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    expect(JSON.parse(readFileSync(join(directory, 'generation_config.json'), 'utf8'))).toEqual({
      eos_token_id: 2,
      temperature: 0.7,
    });
    const loaded = loadModel(directory);
    expect(loaded.model.config).toEqual(model.config);
    expect(loaded.extra.eos_token_id).toBe(2);
    for (const { name, data } of tensors) expect(loaded.read(name).data).toEqual(data);
    loaded.close();
    const hash = modelHash(directory);
    await saveModel(directory, {
      model,
      tensors: tensors.map((t, i) => (i === 0 ? { ...t, data: new Float32Array(12 * 32) } : t)),
      card,
    });
    expect(modelHash(directory)).not.toBe(hash);
    expect(readdirSync(root).sort()).toEqual(['m', 'tok']);
  });

  it('load shards and half precision', async () => {
    const model = llama();
    const tensors = weights(model).map((t) => ({
      ...t,
      dtype: 'bfloat16' as const,
      data: fromFloat32Array('bfloat16', t.data as Float32Array),
    }));
    await saveModel(join(root, 'm'), { model, tensors, card, shardBytes: 2000 });
    expect(existsSync(join(root, 'm', 'model.safetensors.index.json'))).toBe(true);
    const loaded = loadModel(join(root, 'm'));
    const { data } = loaded.read('model.norm.weight');
    expect(data).toBeInstanceOf(Float32Array);
    const original = weights(model).find(({ name }) => name === 'model.norm.weight')!.data as Float32Array;
    expect(Math.abs(Number(data[3]) - original[3]!)).toBeLessThan(0.01 * Math.abs(original[3]!));
    loaded.close();
  });

  it('leave nothing when writing fails', async () => {
    const model = llama();
    function* failing(): Generator<WritableTensor> {
      yield weights(model)[0]!;
      throw new TypeError('disk');
    }
    await expect(saveModel(join(root, 'm'), { model, tensors: failing(), card })).rejects.toThrow();
    expect(readdirSync(root)).toEqual([]);
  });

  it('name what is missing, unknown or misshapen', async () => {
    const model = llama();
    const directory = join(root, 'm');
    const put = async (change: (tensors: WritableTensor[]) => WritableTensor[]) => {
      await saveModel(directory, { model, tensors: [], card });
      writeSafetensors(join(directory, 'model.safetensors'), change(weights(model)));
      return () => loadModel(directory).close();
    };
    const renamed = (t: WritableTensor) => (t.name === 'model.norm.weight' ? { ...t, name: 'model.norm.weigth' } : t);
    expect(await put((all) => all.slice(1))).toThrow(/tensor 'model.embed_tokens.weight' is missing/);
    expect(await put((all) => all.map(renamed))).toThrow(/'model.norm.weight' is missing/);
    expect(
      await put((all) => [...all, { name: 'x', dtype: 'float32', shape: [1], data: new Float32Array(1) }]),
    ).toThrow(/'x' is not part of LlamaForCausalLM/);
    expect(await put((all) => all.map((t) => (t.name === 'model.norm.weight' ? { ...t, shape: [4, 8] } : t)))).toThrow(
      /'model.norm.weight' is \[4, 8\]; config.json makes it \[32\]/,
    );
    expect(
      await put((all) => [...all, { name: 'lm_head.weight', dtype: 'float32', shape: [1], data: new Float32Array(1) }]),
    ).not.toThrow();
    rmSync(join(directory, 'model.safetensors'));
    expect(() => loadModel(directory)).toThrow(/no model.safetensors/);
    expect(() => loadModel(join(root, 'nowhere'))).toThrow(/model config not found/);
  });

  it('dequantize int8 weights, and check their scales', async () => {
    const model = llama();
    const name = 'model.layers.0.mlp.up_proj.weight';
    const values = Int8Array.from({ length: 32 * 32 }, (_, i) => (i % 255) - 127);
    const scales = Float32Array.from({ length: 32 }, (_, i) => i / 8);
    const scale = { name: `${name}_scale`, dtype: 'float32' as const, shape: [32, 1], data: scales };
    const tensors = [
      ...weights(model).map((t) => (t.name === name ? { ...t, dtype: 'int8' as const, data: values } : t)),
      scale,
    ];
    const quantization_config = {
      quant_method: 'compressed-tensors',
      format: 'int-quantized',
      config_groups: { group_0: { weights: { num_bits: 8, group_size: 32, symmetric: true } } },
    };
    const directory = join(root, 'm');
    await saveModel(directory, { model, tensors, card, extra: { quantization_config } });
    const loaded = loadModel(directory);
    expect(loaded.quantization).toMatchObject({ scheme: 'int8', blockSize: 32 });
    expect(loaded.transforms).toHaveLength(1);
    expect(Number(loaded.read(name).data[5 * 32 + 4])).toBe(values[5 * 32 + 4]! * scales[5]!);
    loaded.close();
    await saveModel(directory, { model, tensors: tensors.slice(0, -1), card, extra: { quantization_config } });
    expect(() => loadModel(directory)).toThrow(/up_proj.weight_scale' is missing/);
    await saveModel(directory, { model, tensors, card });
    expect(() => loadModel(directory)).toThrow(/no quantization_config|not part of/);
    await saveModel(directory, { model, tensors, card, extra: { quantization_config: { quant_method: 'gptq' } } });
    expect(() => loadModel(directory)).toThrow(/gptq .* is not supported/);
  });

  it('have a card with metadata', () => {
    expect(renderModelCard(card)).toBe(
      '---\nlicense: apache-2.0\ndatasets:\n  - none\nlibrary_name: athanor\npipeline_tag: text-generation\n---\n\n# tiny\n\nA test.\n\n| | |\n|---|---|\n| parameters | 1 |\n',
    );
  });
});
