/** The step `perplexity` by a neural model, as recipes run it: numbers, books, threads, resuming, versions, order. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRandomModel } from '../../../tests/helpers/random-model.ts';
import { silent } from '../../core/index.ts';
import { readJson, writeJson } from '../../core/node.ts';
import {
  type BuildOptions,
  buildDataset,
  type DataStageInput,
  type Document,
  type OpenTextScorer,
  openDataset,
  Workspace,
} from '../../data/index.ts';
import { DocumentScorer } from '../../eval/index.ts';
import { loadRecipe } from '../load.ts';
import { planRecipe, runRecipe } from '../run.ts';
import { openScorer } from '../text-model.ts';
import { textScorerOpener } from '../text-scorer.ts';

const poems = gunzipSync(readFileSync(new URL('../../../examples/poet/data/quatrains.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .slice(0, 40)
  .map((line) => (JSON.parse(line) as { text: string }).text);
const plays = readFileSync(new URL('../../../examples/shakespeare/data/input.txt', import.meta.url), 'utf8')
  .split('\n\n')
  .filter(({ length }) => length > 300)
  .slice(0, 40);
const given = [
  ...poems.map((text) => ({ text, language: 'zh' })),
  ...plays.map((text) => ({ text, language: 'en' })),
  { text: '', language: 'zh' },
  { text: 'Guten Tag!', language: 'de' },
];

let base: string;
let workspace: Workspace;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'athanor-data-stage-'));
  workspace = new Workspace(join(base, 'ws'));
  const lines = given.map(({ text, language }, i) => JSON.stringify({ id: `t${i}`, text, language }));
  writeFileSync(join(base, 'texts.jsonl'), lines.join('\n'));
  await writeRandomModel(workspace.model('small'), { texts: [...poems, ...plays] });
  cpSync(workspace.model('small'), join(base, 'copy'), { recursive: true });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const stage = (step: Record<string, unknown>, name = 'filtered') =>
  ({
    name,
    sources: [{ type: 'jsonl', path: 'texts.jsonl' }],
    steps: [{ use: 'perplexity', model: { neural: 'small', window: 32 }, ...step }],
    split: { train: 1, validation: 0, test: 0 },
  }) as DataStageInput;
const build = (step: Record<string, unknown>, options: Partial<BuildOptions> = {}) =>
  buildDataset(stage(step), {
    ...{ workspace, baseDir: base, seed: 7, threads: 0, openTextScorer: textScorerOpener() },
    ...options,
  });
async function documentsOf(version: string, from = workspace): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const one of openDataset(from, 'filtered', { version }).documents('train')) documents.push(one);
  return documents;
}
const filesIn = (directory: string) =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

describe('perplexity by a neural model', { timeout: 120_000 }, () => {
  it('writes exp of the mean loss and bits a byte; others pass unscored, with the reason counted', async () => {
    const { version } = await build({ languages: ['zh', 'en'] });
    const documents = await documentsOf(version);
    const open = await openScorer(workspace.model('small'), { threads: 1 });
    const scorer = new DocumentScorer({ scorer: open.scorer, tokenizer: open.tokenizer.tokenizer, window: 32 });
    const scores = await scorer.score(given.map(({ text }) => text));
    open.dispose();
    expect(documents).toHaveLength(given.length);
    for (const [i, { meta }] of documents.entries()) {
      const { nll, tokens, bytes } = scores[i]!;
      const scored = i < poems.length + plays.length;
      expect(meta.perplexity).toBe(scored ? Number(Math.exp(nll / tokens).toPrecision(6)) : undefined);
      expect(meta.bits_per_byte).toBe(scored ? Number((nll / Math.LN2 / bytes).toPrecision(6)) : undefined);
    }
    const [rule] = openDataset(workspace, 'filtered', { version }).manifest.rules;
    expect(rule!.counters).toEqual({ 'no-text': 1, 'other-language': 1 });
    expect(rule!.files!.map(({ path }) => path)).toEqual([
      'small/config.json',
      'small/model.safetensors',
      'small/tokenizer.json',
      'small/tokenizer_config.json',
    ]);
  });

  it('drops above and below limits, each with its reason', async () => {
    const all = (await documentsOf((await build({})).version)).filter(({ meta }) => meta.perplexity !== undefined);
    const sorted = (field: string) => all.map(({ meta }) => meta[field] as number).sort((a, b) => a - b);
    const [min, max, bits] = [sorted('perplexity')[10]!, sorted('perplexity')[60]!, sorted('bits_per_byte')[50]!];
    const config = { min, max, max_bits_per_byte: bits, field: 'ppl', bits_field: 'bits' };
    const { version, counts } = await build(config);
    const inside = all.filter(({ meta: m }) => Number(m.perplexity) >= min && Number(m.perplexity) <= max);
    const kept = inside.filter(({ meta }) => Number(meta.bits_per_byte) <= bits);
    const found = (await documentsOf(version)).filter(({ meta }) => meta.ppl !== undefined);
    expect(found.map(({ id, meta }) => [id, meta.ppl, meta.bits])).toEqual(
      kept.map(({ id, meta }) => [id, meta.perplexity, meta.bits_per_byte]),
    );
    const unscored = given.length - all.length;
    expect(counts.dropped).toEqual({
      'low-perplexity': 10,
      'high-perplexity': all.length - inside.length - 10,
      'high-bits-per-byte': inside.length - kept.length,
    });
    expect(counts.out).toBe(kept.length + unscored);
  });

  it('gives the same bytes on any number of threads, and for the same model elsewhere the same files', async () => {
    const one = await build({ max: 400 }, { threads: 1 });
    const directory = (version: string, from = workspace) => join(from.dataset('filtered'), version);
    for (const threads of [0, 2]) {
      const elsewhere = new Workspace(join(base, `threads-${threads}`));
      cpSync(workspace.model('small'), elsewhere.model('small'), { recursive: true });
      const other = await build({ max: 400 }, { threads, workspace: elsewhere });
      expect(other.version).toBe(one.version);
      expect(filesIn(directory(other.version, elsewhere))).toEqual(filesIn(directory(one.version)));
    }
    const byPath = await build({ max: 400, model: { neural: './copy', window: 32 } });
    expect(await documentsOf(byPath.version)).toEqual(await documentsOf(one.version));
  });

  it('is stopped and goes on behind the documents that have their verdicts', async () => {
    const many = join(base, 'many');
    const elsewhere = new Workspace(many);
    const lines = Array.from({ length: 700 }, (_, i) => JSON.stringify({ id: `m${i}`, text: `${poems[i % 40]} ${i}` }));
    writeFileSync(join(base, 'texts-many.jsonl'), lines.join('\n'));
    const long = { ...stage({ model: { neural: './copy' } }), sources: [{ type: 'jsonl', path: 'texts-many.jsonl' }] };
    const seen: string[][] = [];
    const controller = new AbortController();
    const opener: OpenTextScorer = async (...args) => {
      const scorer = await textScorerOpener()(...args);
      const score = (texts: readonly string[]) => {
        seen.push([...texts]);
        if (seen.length === 2) controller.abort();
        return scorer.score(texts);
      };
      return { score, dispose: scorer.dispose };
    };
    const options = { workspace: elsewhere, baseDir: base, seed: 7, threads: 0, openTextScorer: opener };
    const whole = await buildDataset(long as DataStageInput, {
      ...options,
      workspace,
      openTextScorer: textScorerOpener(),
    });
    const stopped = buildDataset(long as DataStageInput, { ...options, signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen.map(({ length }) => length)).toEqual([256, 256]);
    // What a killed process leaves: half a line.
    const [building] = readdirSync(elsewhere.dataset('filtered'));
    const verdicts = join(elsewhere.dataset('filtered'), building!, 'phase-0.verdicts');
    const whole512 = readFileSync(verdicts, 'utf8');
    expect(whole512.split('\n')).toHaveLength(513);
    writeFileSync(verdicts, `${whole512.slice(0, whole512.lastIndexOf('[', whole512.length - 30))}[50`);
    const again = await buildDataset(long as DataStageInput, options);
    expect(seen.slice(2).flat()[0]).toMatch(/ 51[01]$/);
    expect(seen.slice(2).flat().at(-1)).toMatch(/ 699$/);
    expect(again.version).toBe(whole.version);
  });

  it('makes another version for another model, and none for another README', async () => {
    const model = { neural: './changing' };
    const directory = join(base, 'changing');
    cpSync(join(base, 'copy'), directory, { recursive: true });
    const first = await build({ model });
    writeFileSync(join(directory, 'README.md'), '# another');
    expect((await build({ model })).version).toBe(first.version);
    await writeRandomModel(directory, { texts: [...poems, ...plays], seed: 2 });
    const second = await build({ model });
    expect(second.version).not.toBe(first.version);
    expect(await documentsOf(second.version)).not.toEqual(await documentsOf(first.version));
  });

  it('says what is wrong before anything is read', async () => {
    const missing = { openTextScorer: undefined };
    await expect(build({}, missing)).rejects.toMatchObject({ code: 'unsupported', hint: /openTextScorer/ });
    await expect(build({ model: { neural: 'smal' } })).rejects.toMatchObject({
      message: "no model 'smal' in the workspace",
      hint: "Did you mean 'small'? Models there: small. A directory is named with a slash, as ./smal.",
    });
    const at = (neural: string, more = {}) => build({ model: { neural, ...more } });
    await expect(at('./texts.jsonl')).rejects.toThrow('./texts.jsonl is not a model directory: it is a file');
    await expect(at('./none')).rejects.toThrow('./none is not a model directory: it does not exist');
    await expect(at('./copy', { window: 4096 })).rejects.toThrow("window is 4096, the model's context 64 tokens");
    const broken = join(base, 'broken');
    cpSync(join(base, 'copy'), broken, { recursive: true });
    rmSync(join(broken, 'tokenizer.json'));
    await expect(at('./broken')).rejects.toMatchObject({ code: 'not-found', message: /tokenizer/ });
    cpSync(join(base, 'copy'), broken, { recursive: true });
    writeJson(join(broken, 'config.json'), { ...(readJson(join(broken, 'config.json')) as object), hidden_size: 48 });
    await expect(at('./broken')).rejects.toMatchObject({ code: 'bad-file' });
    await expect(build({ model: { ngram: 'a', neural: 'small' } })).rejects.toThrow('expected one model');
    await expect(build({ model: {} })).rejects.toThrow('expected one model');
    await expect(build({ model: { ngram: 'a', window: 4 } })).rejects.toThrow('go with a neural model');
    expect(readdirSync(workspace.dataset('filtered')).filter((name) => name.startsWith('.building'))).toEqual([]);
  });
});

describe('a recipe that filters by its own model', { timeout: 120_000 }, () => {
  const recipe = (order: 'right' | 'wrong') => {
    const clean = `{ name: clean, sources: [{ type: jsonl, path: clean.jsonl }], split: { train: 1, validation: 0, test: 0 } }`;
    const train = `
  - tokenizer: { name: bpe, type: bpe, vocab_size: 400, dataset: clean }
  - pretrain:
      name: judge
      model: { type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64 }
      dataset: clean
      tokenizer: bpe
      optimizer: { use: adamw, lr: 1e-2 }
      batch_size: 4
      sequence_length: 32
      max_steps: 60
      eval_interval: 60`;
    const filter = `
  - data:
      name: filtered
      sources: [{ type: jsonl, path: texts.jsonl }]
      steps: [{ use: perplexity, model: { neural: judge } }]
      split: { train: 1, validation: 0, test: 0 }`;
    return `name: own\nseed: 3\nstages:\n  - data: ${clean}${order === 'right' ? train + filter : filter + train}\n`;
  };
  const load = async (order: 'right' | 'wrong', sets: readonly string[] = []) => {
    writeFileSync(join(base, 'recipe.yaml'), recipe(order));
    writeFileSync(join(base, 'clean.jsonl'), plays.map((text) => JSON.stringify({ text })).join('\n'));
    return loadRecipe(join(base, 'recipe.yaml'), sets);
  };
  const run = async (sets: readonly string[] = [], only: readonly string[] = []) => {
    const options = { workspace: join(base, 'recipe-ws'), only, threads: 1, report: silent };
    const report = await runRecipe(await load('right', sets), { ...options, signal: new AbortController().signal });
    return Object.fromEntries(report.stages.map(({ name, status }) => [name, status]));
  };

  it('trains, then scores by what it has trained; another model, another filter; nothing changed, nothing runs', async () => {
    await expect(run([], ['filtered'])).rejects.toThrow(/judge/);
    expect(await run()).toEqual({ clean: 'done', bpe: 'done', judge: 'done', filtered: 'done' });
    const dataset = openDataset(new Workspace(join(base, 'recipe-ws')), 'filtered');
    const mean = { zh: [0, 0], en: [0, 0] } as Record<string, [number, number]>;
    for await (const { meta } of dataset.documents('train')) {
      if (typeof meta.bits_per_byte !== 'number' || meta.language === 'de') continue;
      mean[String(meta.language)]![0] += meta.bits_per_byte;
      mean[String(meta.language)]![1]++;
    }
    const [zh, en] = ['zh', 'en'].map((language) => mean[language]![0] / mean[language]![1]);
    expect(en).toBeLessThan(0.8 * zh!); // it was trained on the English texts
    expect(await run()).toEqual({ clean: 'cached', bpe: 'cached', judge: 'cached', filtered: 'cached' });
    expect(await run(['pretrain.max_steps=50'])).toEqual({
      ...{ clean: 'cached', bpe: 'cached' },
      ...{ judge: 'done', filtered: 'done' },
    });
    expect(openDataset(new Workspace(join(base, 'recipe-ws')), 'filtered').version).not.toBe(dataset.version);
  });

  it('wants the model made first, and knows the names', async () => {
    const wrong = await load('wrong');
    const empty = join(base, 'empty-ws');
    expect(() => planRecipe(wrong, empty)).toThrow(/the model 'judge' is made only later, by stages\[3\]/);
    const unknown = await load('right', ['filtered.steps.perplexity.model.neural=jugde']);
    expect(() => planRecipe(unknown, empty)).toThrow(/model\.neural: unknown model 'jugde'/);
    expect(existsSync(empty)).toBe(false);
  });
});
