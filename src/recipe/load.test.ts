/** Recipes as users get them wrong: each error names file, line, key, what was expected, and a way out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AthanorError } from '../core/index.ts';
import { Workspace } from '../data/index.ts';
import { loadRecipe } from './load.ts';
import { selectStages } from './resolve.ts';
import { planRecipe } from './run.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-load-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const good = `name: poet
seed: 7
stages:
  - data: { name: poems, sources: [{ type: jsonl, path: poems.jsonl }], steps: [{ use: near-dedup, threshold: 0.8 }] }
  - tokenizer: { name: poems-bpe, type: bpe, vocab_size: 6000, dataset: poems }
  - pretrain:
      name: base
      model: { type: llama, hidden_size: 192 }
      dataset: poems
      tokenizer: poems-bpe
      max_steps: 10
  - sft: { name: poet, model: base, dataset: poems }
`;

async function load(text: string, ...sets: string[]) {
  const path = join(directory, 'recipe.yaml');
  writeFileSync(path, text);
  const loaded = await loadRecipe(path, sets);
  return { loaded, stages: planRecipe(loaded, join(directory, 'workspace')) };
}

async function failure(text: string, ...sets: string[]): Promise<AthanorError> {
  const error = await load(text, ...sets).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AthanorError) return error;
  expect.fail(`expected an AthanorError, found ${String(error)}`);
}

describe('a good recipe', () => {
  it('is parsed, with defaults, and tied together by name', async () => {
    const { loaded, stages } = await load(good);
    expect(loaded.recipe).toMatchObject({ name: 'poet', seed: 7 });
    expect(stages.map(({ kind, name }) => [kind, name])).toEqual([
      ['data', 'poems'],
      ['tokenizer', 'poems-bpe'],
      ['pretrain', 'base'],
      ['sft', 'poet'],
    ]);
    expect(stages[2]!.inputs.map(({ name, from }) => [name, from])).toEqual([
      ['poems', 0],
      ['poems-bpe', 1],
    ]);
    expect([...selectStages(stages, ['pretrain', 'poet'])]).toEqual([2, 3]);
  });

  it('names a stage after its kind', async () => {
    const { stages } = await load('name: x\nstages: [{ data: { sources: [{ type: text, path: a.txt }] } }]\n');
    expect(stages[0]!.name).toBe('data');
  });

  it('may be a data stage alone', async () => {
    const alone = 'seed: 3\nsources: [{ type: text, path: a.txt }]\nsteps:\n  - { use: near-dedup }\n';
    const { loaded, stages } = await load(alone, 'data.steps.near-dedup.threshold=0.7');
    expect(loaded.recipe).toMatchObject({ name: 'data', seed: 3 });
    expect(stages).toHaveLength(1);
    expect(loaded.recipe.stages[0]).toMatchObject({ kind: 'data', config: { steps: [{ threshold: 0.7 }] } });
    expect((await load(`name: poems\n${alone}`)).stages[0]!.name).toBe('poems');
    expect((await failure(alone.replace('near-dedup', 'near-dedp'))).place).toMatch(/recipe\.yaml:4$/);
    expect((await failure(`${alone}model: x\n`)).place).toMatch(/recipe\.yaml:5$/);
  });

  it('takes --set, typed by the schema', async () => {
    const { loaded } = await load(good, 'pretrain.model.hidden_size=64', 'seed=3', 'base.max_steps=5', 'name=123');
    expect(loaded.recipe).toMatchObject({ name: '123', seed: 3 });
    expect(loaded.recipe.stages[2]!.config).toMatchObject({ model: { hidden_size: 64 }, max_steps: 5 });
  });
});

describe('a bad recipe', () => {
  it.each([
    [
      'an unknown key',
      good.replace('vocab_size: 6000', 'vocab_sise: 6000'),
      5,
      "stages[1].tokenizer: unknown key 'vocab_sise'",
      "'vocab_size'",
    ],
    [
      'an unknown key of a stage over several lines',
      good.replace('max_steps', 'max_step'),
      11,
      "unknown key 'max_step'",
      "'max_steps'",
    ],
    [
      'an unknown key in a nested choice',
      good.replace('threshold', 'treshold'),
      4,
      "unknown key 'treshold'",
      "'threshold'",
    ],
    ['a wrong type', good.replace('max_steps: 10', 'max_steps: ten'), 11, 'stages[2].pretrain.max_steps: ', undefined],
    [
      'an unknown stage kind',
      good.replace('- tokenizer:', '- tokeniser:'),
      5,
      "unknown stage kind 'tokeniser'",
      "'tokenizer'",
    ],
    ['an unknown step', good.replace('use: near-dedup', 'use: near-dedupe'), 4, "'near-dedupe'", undefined],
    ['two keys in one item', good.replace('  - sft:', '    sft:'), 6, 'expected one key', undefined],
    [
      'a missing field',
      good.replace(', dataset: poems }\n  - pretrain', ' }\n  - pretrain'),
      5,
      'stages[1].tokenizer.dataset: ',
      undefined,
    ],
    ['an unknown name', good.replace('model: base', 'model: bass'), 12, "unknown model 'bass'", "'base'"],
    [
      'a twin',
      good.replace(
        '- sft: { name: poet, model: base',
        '- data: { name: poems, sources: [{ type: text, path: a }] }\n  - sft: { name: poet, model: base',
      ),
      12,
      "the name 'poems' is taken",
      undefined,
    ],
    ['no stages', 'name: x\nstages: []\n', 2, 'expected at least one stage', undefined],
    ['broken YAML', 'name: x\nstages:\n  - data: { name: [\n', 4, 'malformed YAML', undefined],
    ['a list', '- a\n', 1, 'expected a recipe', undefined],
    ['plugins', `plugins: [./a.ts]\n${good}`, 1, 'not supported', undefined],
    ['a name that is a path', good.replace('name: base', 'name: ../base'), 7, 'expected a name', undefined],
  ])('%s', async (_what, text, line, message, hint) => {
    const error = await failure(text);
    expect(error.message).toContain(message);
    expect(error.place).toMatch(new RegExp(`recipe\\.yaml:${line}$`));
    if (hint) expect(error.hint).toContain(hint);
  });

  it('a wrong order says which stage makes it later', async () => {
    const lines = good.split('\n');
    const [data] = lines.splice(3, 1);
    lines.splice(10, 0, data!);
    const error = await failure(lines.join('\n'));
    expect(error.message).toContain('is made only later, by stages[2]');
    expect(error.place).toMatch(/:4$/);
  });

  it('a bad --set is named', async () => {
    const error = await failure(good, 'tokenizer.vocab_sise=3');
    expect(error).toMatchObject({
      place: '--set tokenizer.vocab_sise=3',
      message: "stages[1].tokenizer: unknown key 'vocab_sise'",
    });
  });

  it('a missing file', async () => {
    await expect(loadRecipe(join(directory, 'none.yaml'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('what is in the workspace counts as made', async () => {
    const workspace = new Workspace(join(directory, 'workspace'));
    const text = 'name: x\nstages: [{ sft: { model: older, dataset: d } }]\n';
    expect((await failure(text)).hint).toContain('No earlier stage makes');
    expect(workspace.list('models')).toEqual([]);
  });
});
