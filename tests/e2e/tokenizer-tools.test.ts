/** `tokenizer inspect` and `tokenizer extend` as a user meets them, down to a model that generates with new tokens. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, parameterSpecs } from '../../src/models/index.ts';
import { saveModel } from '../../src/models/node.ts';
import { athanor, json, scratch } from './athanor.ts';

let place: ReturnType<typeof scratch>;
const run = async (args: readonly string[]) => json(await athanor([...args, '--json']));
const path = (name: string) => join(place.path, name);
const english = 'the quick brown fox jumps over the lazy dog, said the old man\n'.repeat(20);
const chinese = '床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。\n'.repeat(20);

beforeAll(async () => {
  place = scratch();
  writeFileSync(path('english.txt'), english);
  writeFileSync(path('chinese.txt'), chinese);
  await run(['tokenizer', 'train', '--input', path('english.txt'), '--out', path('base'), '--vocab-size', '300']);
});
afterAll(() => place.remove());

describe('tokenizer inspect', () => {
  it('compares tokenizers on the samples', async () => {
    const { code, stdout } = await athanor(['tokenizer', 'inspect', '--tokenizer', path('base')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/base: 300 tokens/);
    for (const name of ['English', 'Thai', 'Python', 'bytes/token', 'wasted tokens']) expect(stdout).toContain(name);
  });

  it('finds tokens', async () => {
    const found = await run(['tokenizer', 'inspect', '--tokenizer', path('base'), '--find', '^ ?the$', '--limit', '1']);
    expect(found).toMatchObject({ count: 2, tokens: [{ text: 'the', kind: 'word', script: 'Latin', bytes: 3 }] });
    const wrong = await athanor(['tokenizer', 'inspect', '--tokenizer', path('base'), '--kind', 'wrod']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/unknown kind of token 'wrod'[\s\S]*'word'/)]);
  });
});

describe('tokenizer extend', () => {
  it('adds tokens, and rows for them to a model, which then generates', async () => {
    const model = createModel({ type: 'llama', vocab_size: 300, hidden_size: 32, num_hidden_layers: 1 });
    const tensors = parameterSpecs(model).map(({ name, shape }) => ({
      name,
      dtype: 'float32' as const,
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i) / 10),
    }));
    await saveModel(path('model'), { model, tensors, card: 'a model', tokenizerDirectory: path('base') });
    const extended = await run([
      ...['tokenizer', 'extend', '--tokenizer', path('base'), '--input', path('chinese.txt')],
      ...['--add', '24', '--out', path('extended'), '--model', path('model')],
    ]);
    expect(extended).toMatchObject({ added: 24, vocab_size: 324, resized: { vocabSize: 324 } });
    expect(readdirSync(path('extended')).sort()).toEqual(expect.arrayContaining(readdirSync(path('model')).sort()));
    expect(JSON.parse(readFileSync(join(path('extended'), 'config.json'), 'utf8')).vocab_size).toBe(324);
    const inspected = await run([
      ...['tokenizer', 'inspect', '--tokenizer', path('extended'), '--against', path('base')],
      ...['--input', path('chinese.txt'), '--input', path('english.txt')],
    ]);
    const [zh, en] = inspected.comparisons as { measures: { tokens: number }[] }[];
    expect(zh!.measures[0]!.tokens).toBeLessThan(zh!.measures[1]!.tokens / 2);
    expect(en!.measures[0]!.tokens).toBe(en!.measures[1]!.tokens);
    const answer = await run(['generate', '--model', path('extended'), '--prompt', '明月', '--max-tokens', '4']);
    expect(JSON.stringify(answer)).toContain('text');
  });

  it('leaves nothing when the texts give nothing', async () => {
    mkdirSync(path('none'));
    writeFileSync(path('none/x.txt'), 'x\n');
    const { code, stderr } = await athanor([
      ...['tokenizer', 'extend', '--tokenizer', path('base'), '--input', path('none/x.txt')],
      ...['--add', '5', '--out', path('nothing')],
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/the texts give no new token/)]);
    expect(readdirSync(place.path)).not.toContain('nothing');
  });
});
