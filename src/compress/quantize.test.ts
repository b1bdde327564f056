import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../core/index.ts';
import { createModel, parameterSpecs } from '../models/index.ts';
import { loadModel, saveModel } from '../models/node.ts';
import { quantizeModel, schemeOf } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'athanor-quantize-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const generation = { eos_token_id: [2, 0], temperature: 0.7, max_length: 64 };

async function saved(hidden_size = 64): Promise<string> {
  const model = createModel({ type: 'llama', vocab_size: 12, hidden_size, num_hidden_layers: 1 });
  const tensors = parameterSpecs(model).map(({ name, shape }, i) => {
    const rng = new Rng(1, i);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
    return { name, dtype: 'float32' as const, shape, data };
  });
  const directory = join(root, `float-${hidden_size}`);
  await saveModel(directory, {
    model,
    tensors,
    extra: { bos_token_id: 0, eos_token_id: 0 },
    generation,
    card: '# m\n',
  });
  return directory;
}

describe('quantizeModel', () => {
  it('keeps what the model says about itself, in less space', async () => {
    const from = await saved();
    writeFileSync(join(from, 'athanor.json'), '{"dataset": {}}');
    const to = join(root, 'small');
    const result = await quantizeModel(from, to, schemeOf('int8'));
    expect(result.quantized).toHaveLength(7);
    expect(result.bytesAfter).toBeLessThan(result.bytesBefore * 0.4);
    expect(result.relativeError).toBeLessThan(0.01);
    // Which tokens end an answer, and how to sample: without it a chat model would not stop.
    expect(JSON.parse(readFileSync(join(to, 'generation_config.json'), 'utf8'))).toEqual({
      bos_token_id: 0,
      ...generation,
    });
    expect(readFileSync(join(to, 'athanor.json'), 'utf8')).toBe('{"dataset": {}}');
    const loaded = loadModel(to);
    expect(loaded.quantization).toMatchObject({ scheme: 'int8', blockSize: 32 });
    expect(loaded.extra.eos_token_id).toBe(0);
    loaded.close();
  });

  it('refuses what it cannot do, and leaves nothing', async () => {
    const from = await saved();
    const to = join(root, 'small');
    writeFileSync(join(from, 'generation_config.json'), '[]');
    await expect(quantizeModel(from, to, schemeOf('int8'))).rejects.toThrow(/expected record/);
    expect(existsSync(to)).toBe(false);
    rmSync(join(from, 'generation_config.json'));
    await quantizeModel(from, to, schemeOf('int8'));
    await expect(quantizeModel(to, join(root, 'again'), schemeOf('int8'))).rejects.toThrow(/quantized already/);
    expect(() => schemeOf('int3')).toThrow(/unknown scheme 'int3'/);
  });
});
