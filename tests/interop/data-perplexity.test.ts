/** The step `perplexity` by a neural model gives the numbers of transformers on the same directory and the same texts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDataset, openDataset, Workspace } from '../../src/data/index.ts';
import { textScorerOpener } from '../../src/recipe/index.ts';
import { runPython } from '../helpers/python.ts';
import { writeRandomModel } from '../helpers/random-model.ts';
import { transformersPython } from '../helpers/torch.ts';

const place = mkdtempSync(join(tmpdir(), 'athanor-perplexity-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
let python: string;
beforeAll(async () => {
  python = await transformersPython();
});

/** Ten pages in English, ten in Chinese, of 200 to 3,000 characters, and a poem. */
const pages = gunzipSync(readFileSync(new URL('../golden/data/filters/documents.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => (JSON.parse(line) as { text: string }).text.slice(0, 3000))
  .filter(({ length }) => length > 200);
const han = (text: string) => (text.match(/\p{Script=Han}/gu)?.length ?? 0) / text.length;
const texts = [
  ...pages.filter((text) => han(text) === 0).slice(0, 10),
  ...pages.filter((text) => han(text) > 0.5).slice(0, 10),
  '床前明月光，疑是地上霜。',
];

const cases = {
  llama: {
    ...{ type: 'llama', hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4 },
    ...{ num_key_value_heads: 2, max_position_embeddings: 128, tie_word_embeddings: true },
  },
  gpt2: { type: 'gpt2', n_embd: 64, n_layer: 2, n_head: 4, n_positions: 96 },
};

describe.each(Object.entries(cases))('%s', (name, config) => {
  it.each([
    [96, 40],
    [64, 63],
  ])('windows of %d tokens that go on by %d', async (window, stride) => {
    expect(texts).toHaveLength(21);
    const directory = join(place, name);
    await writeRandomModel(directory, { texts, vocabSize: 1500, config });
    writeFileSync(join(place, 'texts.jsonl'), texts.map((text) => JSON.stringify({ text })).join('\n'));
    const workspace = new Workspace(join(place, 'ws'));
    const { version } = await buildDataset(
      {
        name,
        sources: [{ type: 'jsonl', path: 'texts.jsonl' }],
        steps: [{ use: 'perplexity', model: { neural: `./${name}`, window, stride, max_tokens: 1_000_000 } }],
        split: { train: 1, validation: 0, test: 0 },
      },
      { workspace, baseDir: place, seed: 1, threads: 1, openTextScorer: textScorerOpener() },
    );
    const script = fileURLToPath(new URL('data_perplexity_peer.py', import.meta.url));
    const stdin = JSON.stringify({ directory, texts, window, stride });
    const theirs = JSON.parse(await runPython(python, script, { stdin })) as Record<
      'perplexity' | 'bits_per_byte' | 'tokens',
      number
    >[];
    expect(Math.max(...theirs.map(({ tokens }) => tokens))).toBeGreaterThan(5 * window);
    let i = 0;
    for await (const { meta } of openDataset(workspace, name, { version }).documents('train')) {
      const { perplexity, bits_per_byte } = theirs[i++]!;
      expect(Math.abs(Number(meta.perplexity) / perplexity - 1), `perplexity of text ${i}`).toBeLessThan(1e-4);
      expect(Math.abs(Number(meta.bits_per_byte) / bits_per_byte - 1), `bits of text ${i}`).toBeLessThan(1e-4);
    }
    expect(i).toBe(texts.length);
  });
});
