import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromFloat32Array } from '../../runtime/index.ts';
import { openSafetensors, writeCheckpoint, writeSafetensors } from '../../runtime/node.ts';
import { createModel } from '../create-model.ts';
import { loadModel, resizeVocabulary, saveModel } from '../node.ts';
import { parameterSpecs } from '../parameters.ts';
import { meanRow } from './resize-vocabulary.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'athanor-resize-'));
  mkdirSync(join(root, 'to'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const from = () => join(root, 'from');
const to = () => join(root, 'to');
const rows = [
  { id: 5, pieces: [0, 1] },
  { id: 6, pieces: [4, 4, 2] },
];

async function save(tied: boolean) {
  const model = createModel({
    type: 'llama',
    vocab_size: 5,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    tie_word_embeddings: tied,
  });
  const tensors = parameterSpecs(model).map(({ name, shape }, tensor) => ({
    name,
    dtype: 'float32' as const,
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.fround(Math.sin(tensor + i / 3)),
    ),
  }));
  await saveModel(from(), {
    model,
    tensors,
    card: 'a model',
    extra: { eos_token_id: 2 },
    files: { 'tokenizer.json': '{}' },
  });
  return tensors;
}

describe('resizing a vocabulary', () => {
  it.each([true, false])('keeps old rows, gives new ones the mean of their pieces (tied: %s)', async (tied) => {
    const old = await save(tied);
    const tables = tied ? ['model.embed_tokens.weight'] : ['lm_head.weight', 'model.embed_tokens.weight'];
    const resized = resizeVocabulary(from(), to(), rows, 7);
    expect({ ...resized, tensors: [...resized.tensors].sort() }).toEqual({ vocabSize: 7, tensors: tables });
    const loaded = loadModel(to());
    expect(loaded.model.dims.vocabSize).toBe(7);
    expect(loaded.extra.eos_token_id).toBe(2);
    for (const { name, data } of old) {
      const now = loaded.read(name).data as Float32Array;
      expect(now.slice(0, data.length)).toEqual(data);
      if (!tables.includes(name)) continue;
      expect(now.length).toBe(7 * 8);
      for (let i = 0; i < 8; i++) {
        expect(now[5 * 8 + i]).toBeCloseTo((data[i]! + data[8 + i]!) / 2, 6);
        expect(now[6 * 8 + i]).toBeCloseTo((2 * data[4 * 8 + i]! + data[2 * 8 + i]!) / 3, 6);
      }
    }
    loaded.close();
    expect(readdirSync(to()).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
  });

  it('keeps half precision, shards and padding rows, of any architecture', () => {
    const data = Float32Array.from({ length: 12 * 4 }, (_, i) => i / 8);
    mkdirSync(from());
    writeFileSync(
      join(from(), 'config.json'),
      JSON.stringify({ model_type: 'other', text_config: { vocab_size: 12 } }),
    );
    const table = { name: 'transformer.wte.weight', dtype: 'bfloat16' as const, shape: [12, 4] };
    writeCheckpoint(
      from(),
      [
        { ...table, data: fromFloat32Array('bfloat16', data) },
        { name: 'norm', dtype: 'float32', shape: [40], data: new Float32Array(40) },
      ],
      { shardBytes: 120 },
    );
    expect(resizeVocabulary(from(), to(), rows, 7).vocabSize).toBe(12);
    const reader = openSafetensors(to());
    const { dtype, shape, data: found } = reader.read('transformer.wte.weight');
    reader.close();
    expect([dtype, shape]).toEqual(['bfloat16', [12, 4]]);
    expect([...(found as Uint16Array).slice(5 * 4, 6 * 4)]).toEqual([
      ...fromFloat32Array('bfloat16', Float32Array.from([0.25, 0.375, 0.5, 0.625])),
    ]);
    expect(JSON.parse(readFileSync(join(to(), 'config.json'), 'utf8')).text_config.vocab_size).toBe(12);
  });

  it('refuses quantized tables, models without a table, and pieces without a row', () => {
    mkdirSync(from());
    writeFileSync(join(from(), 'config.json'), '{"vocab_size": 5}');
    const put = (name: string, dtype: 'int8' | 'float32') =>
      writeSafetensors(join(from(), 'model.safetensors'), [
        { name, dtype, shape: [5, 2], data: dtype === 'int8' ? new Int8Array(10) : new Float32Array(10) },
      ]);
    put('model.embed_tokens.weight', 'int8');
    expect(() => resizeVocabulary(from(), to(), rows, 7)).toThrow(/is int8: only tables of floats/);
    put('somewhere.weight', 'float32');
    expect(() => resizeVocabulary(from(), to(), rows, 7)).toThrow(/no embedding of 5 rows/);
    put('model.embed_tokens.weight', 'float32');
    expect(() => resizeVocabulary(from(), to(), [{ id: 5, pieces: [9] }], 6)).toThrow(/token 9 has no row/);
    writeFileSync(join(from(), 'config.json'), '{}');
    expect(() => resizeVocabulary(from(), to(), rows, 7)).toThrow(/no vocab_size/);
    expect(meanRow(Float32Array.of(1, 2, 3, 6), 2, [0, 1])).toEqual(Float32Array.of(2, 4));
  });
});
