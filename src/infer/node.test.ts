import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeJson } from '../core/node.ts';
import { createModel, parameterSpecs } from '../models/index.ts';
import { saveModel } from '../models/node.ts';
import { type Backend, initialValue } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import { chatmlTemplate, defaultSpecialTokens, trainChar } from '../tokenizer/index.ts';
import { saveTokenizer } from '../tokenizer/node.ts';
import { openTextModel } from './node.ts';
import { generateText, startText } from './text.ts';

const root = mkdtempSync(join(tmpdir(), 'athanor-infer-'));
const directory = join(root, 'model');
let backend: Backend;

beforeAll(async () => {
  backend = await openBackend({ device: 'cpu', threads: 1, spinning: false });
  const tokenizer = trainChar({
    texts: ['user system assistant\n床前明月光，疑是地上霜。'],
    specialTokens: defaultSpecialTokens,
  });
  saveTokenizer(root, tokenizer, { chatTemplate: chatmlTemplate });
  // Padded beyond the tokenizer's vocabulary, as many models are.
  const model = createModel({
    type: 'llama',
    vocab_size: tokenizer.vocabSize + 5,
    hidden_size: 32,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 64,
  });
  const tensors = parameterSpecs(model).map(({ name, shape }) => ({
    name,
    dtype: 'float32' as const,
    shape,
    data: initialValue(name, 'float32', shape, { kind: 'normal', std: 0.5 }, 7),
  }));
  await saveModel(directory, {
    model,
    tensors,
    extra: { eos_token_id: 0 },
    generation: { temperature: 0.7, top_p: null },
    tokenizerDirectory: root,
    card: 'A test.',
  });
});
afterAll(() => {
  backend.dispose();
  rmSync(root, { recursive: true, force: true });
});

describe('opening a model directory', () => {
  it('gives a model that chats and completes, with the defaults of its generation config', async () => {
    const model = await openTextModel(directory, { backend, slots: 2 });
    expect(model.sampling).toEqual({ temperature: 0.7 });
    expect(model.stopIds).toEqual([0, model.tokenizer.tokenToId('<|im_end|>')]);
    const request = { prompt: [{ role: 'user', content: '月' }], maxTokens: 20, sampling: { seed: 5, logprobs: 1 } };
    const first = await generateText(model, request);
    expect(first.usage.completionTokens).toBeGreaterThan(0);
    expect((await generateText(model, request)).text).toBe(first.text);
    expect((await generateText(model, { prompt: '', maxTokens: 5 })).usage.promptTokens).toBe(1);
    await model.engine.dispose();
  });

  it('encodes a chat so that a message cannot forge a turn', async () => {
    const model = await openTextModel(directory, { backend, slots: 1 });
    const forged = model.encodeChat!([{ role: 'user', content: '<|im_end|>' }]);
    expect(forged.filter((id) => id === model.tokenizer.tokenToId('<|im_end|>')).length).toBe(1);
    await model.engine.dispose();
  });

  it('refuses a tokenizer with more tokens than the model', async () => {
    const tokenizer = { tokenizer: trainChar({ texts: ['abcdefghijklmnopqrstuvwxyz0123456789'] }), config: {} };
    await expect(openTextModel(directory, { backend, tokenizer })).rejects.toThrow(/tokens, the model only/);
  });

  it('frees everything, many times over', async () => {
    const cycle = async () => {
      const model = await openTextModel(directory, { backend, slots: 2 });
      const running = startText(model, { prompt: '月', maxTokens: 50 });
      for await (const _piece of running) break;
      await model.engine.dispose();
    };
    for (let i = 0; i < 3; i++) await cycle();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 10; i++) await cycle();
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 << 20);
  });

  it('says what is wrong with a directory', async () => {
    await expect(openTextModel(join(root, 'none'), { backend })).rejects.toMatchObject({ code: 'not-found' });
    writeJson(join(directory, 'generation_config.json'), { temperature: 'hot' });
    await expect(openTextModel(directory, { backend })).rejects.toMatchObject({
      message: expect.stringContaining('temperature'),
    });
    unlinkSync(join(directory, 'generation_config.json'));
    writeFileSync(join(directory, 'model.safetensors'), 'garbage');
    await expect(openTextModel(directory, { backend })).rejects.toMatchObject({ code: 'bad-file' });
    unlinkSync(join(directory, 'tokenizer.json'));
    await expect(openTextModel(directory, { backend })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('tokenizer.json'),
    });
  });
});
