/** The examples of the README, shortened: they run, write what they say, and run a second time from the cache. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, readJsonLines, root, scratch } from './athanor.ts';

interface Report {
  readonly cached: boolean;
  readonly stages: readonly {
    kind: string;
    name: string;
    status: string;
    run?: string;
    summary: Record<string, unknown>;
  }[];
}

const place = scratch();
afterAll(() => place.remove());

/** Runs an example, changed by `--set`, in a workspace of its own name. */
async function run(example: string, ...sets: string[]): Promise<Report> {
  const flags = ['--workspace', join(place.path, example), ...sets.flatMap((value) => ['--set', value])];
  const result = await athanor(['run', join(root, 'examples', example, 'recipe.yaml'), ...flags, '--json']);
  expect(hasStack(result), result.stderr).toBe(false);
  expect(result.code, result.stderr).toBe(0);
  return json<Report>(result);
}

const examples: readonly (readonly [name: string, sets: readonly string[], models: readonly string[]])[] = [
  [
    'shakespeare',
    ['pretrain.max_steps=50', 'pretrain.eval_interval=25', 'pretrain.eval_batches=4', 'pretrain.sample.max_tokens=20'],
    ['shakespeare'],
  ],
  [
    'poet',
    [
      'pretrain.max_steps=40',
      'pretrain.schedule.warmup=4',
      'sft.max_steps=40',
      'sft.schedule.warmup=4',
      'pretrain.eval_batches=2',
      'sft.eval_batches=2',
    ],
    ['poet-base', 'poet'],
  ],
];

describe.each(examples)('%s', (name, sets, models) => {
  it('runs', async () => {
    const report = await run(name, ...sets);
    expect(new Set(report.stages.map(({ status }) => status))).toEqual(new Set(['done']));
    const workspace = join(place.path, name);
    for (const model of models) {
      const { run: id, summary } = report.stages.findLast((stage) => stage.name === model)!;
      const files = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'README.md'];
      expect(files.filter((file) => !existsSync(join(workspace, 'models', model, file)))).toEqual([]);
      const metrics = readJsonLines(join(workspace, 'runs', id!, 'metrics.jsonl'));
      expect(metrics).toHaveLength(summary.steps as number);
      expect(metrics.at(-1)!.loss).toBeLessThan(metrics[0]!.loss! - 0.3);
      expect(metrics.at(-1)!.val_loss).toBeGreaterThan(0);
    }
    expect(leftovers(workspace)).toEqual([]);
  });

  it('says that everything is cached the second time', async () => {
    const report = await run(name, ...sets);
    expect(report.cached).toBe(true);
    const flags = ['--workspace', join(place.path, name), ...sets.flatMap((value) => ['--set', value])];
    const again = await athanor(['run', join(root, 'examples', name, 'recipe.yaml'), ...flags]);
    expect(again.stdout + again.stderr).toContain('cached');
  });
});

it('poet ends with an evaluation and an int8 copy', () => {
  const workspace = join(place.path, 'poet');
  expect(readdirSync(join(workspace, 'evals'))).toContainEqual(expect.stringContaining('poet-eval'));
  const size = (model: string) => statSync(join(workspace, 'models', model, 'model.safetensors')).size;
  expect(size('poet-int8')).toBeLessThan(0.7 * size('poet'));
});

it('shakespeare tells what it was made of', () => {
  const card = readFileSync(join(place.path, 'shakespeare/models/shakespeare/README.md'), 'utf8');
  expect(card).toMatch(/Steps.*50/);
});
