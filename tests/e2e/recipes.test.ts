/** Recipes as users run them: every debug recipe, the cache, interruption and resume, the commands on the result. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, readJsonLines, recipe, root, scratch, start } from './athanor.ts';

interface Report {
  readonly cached: boolean;
  readonly stages: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status: string;
    readonly run?: string;
    readonly summary: Record<string, number>;
  }[];
}

let place: ReturnType<typeof scratch>;
let shared: string[];
beforeAll(() => {
  place = scratch();
  shared = ['--workspace', join(place.path, 'shared')];
});
afterAll(() => place.remove());

const run = async (...args: string[]) => {
  const result = await athanor(['run', ...args, '--json']);
  expect(hasStack(result), result.stderr).toBe(false);
  expect(result.code, result.stderr).toBe(0);
  return json<Report>(result);
};
const statuses = ({ stages }: Report) => Object.fromEntries(stages.map(({ name, status }) => [name, status]));

describe('debug recipes', () => {
  const names = readdirSync(join(root, 'recipes/debug')).filter((name) => name.endsWith('.yaml'));
  it.each(names)('%s runs, and a second time nothing has to be done', async (name) => {
    const path = join(root, 'recipes/debug', name);
    const first = await run(path, ...shared);
    expect(['done', 'cached']).toContain(first.stages.at(-1)!.status); // recipes share their first stages
    const second = await run(path, ...shared);
    expect(second.cached).toBe(true);
    expect(new Set(Object.values(statuses(second)))).toEqual(new Set(['cached']));
    expect(leftovers(shared[1]!)).toEqual([]);
  });
});

describe('a mixture', () => {
  interface Share {
    readonly dataset: string;
    readonly tokens: number;
    readonly share: number;
    readonly epochs: number;
  }
  const train = (...settings: string[]) =>
    athanor([
      ...['run', recipe('mixture'), ...shared, '--json', '--set', 'pretrain.eval_interval=5'],
      ...settings.flatMap((setting) => ['--set', `pretrain.${setting}`]),
    ]);

  it('is reported in tokens, with a validation loss of each dataset, and stands in card and lineage', async () => {
    const result = await train('max_steps=10');
    expect(result.code, result.stderr).toBe(0);
    const { summary } = json<Report>(result).stages.at(-1)!;
    const shares = (summary as unknown as { mixture: Share[] }).mixture;
    expect(shares.map(({ dataset }) => dataset)).toEqual(['debug-song', 'debug-tang']);
    // Eighty sequences of 64: all tokens, padding apart, and more Song than Tang before the annealing.
    expect(shares[0]!.tokens + shares[1]!.tokens).toBe(10 * 8 * 64);
    expect(shares[0]!.share).toBeGreaterThan(shares[1]!.share);
    const workspace = shared[1]!;
    const card = readFileSync(join(workspace, 'models/debug-mixed/README.md'), 'utf8');
    expect(card).toContain(`debug-song ${(100 * shares[0]!.share).toFixed(1)} %`);
    const run = readdirSync(join(workspace, 'runs'))
      .filter((name) => name.endsWith('debug-mixed'))
      .at(-1)!;
    const line = readJsonLines(join(workspace, 'runs', run, 'metrics.jsonl')).at(-1)!;
    const parts = shares.map(({ dataset, share }) => share * Number(line[`val_loss/${dataset}`]));
    expect(Number(line.val_loss)).toBeCloseTo(parts[0]! + parts[1]!, 6);
    const unnamed = await athanor([
      'eval',
      '--model',
      'debug-mixed',
      '--tasks',
      'perplexity',
      '--workspace',
      workspace,
    ]);
    expect(unnamed.code).not.toBe(0);
    expect(unnamed.stderr).toContain('was trained on several: debug-song, debug-tang');
  });

  it('ends where every dataset has had its epochs, and says what cannot be', async () => {
    const capped = '[{dataset: debug-song, max_epochs: 0.02}, {dataset: debug-tang, max_epochs: 0.02}]';
    const ended = await train(`dataset.mixture=${capped}`, 'max_steps=1000');
    expect(ended.code, ended.stderr).toBe(0);
    expect(json<Report>(ended).stages.at(-1)!.summary.steps).toBeLessThan(20);
    expect(ended.stderr).toContain('every dataset has reached its max_epochs');
    const dry = '[{dataset: debug-song, weight: 0}, {dataset: debug-tang, weight: 0}]';
    const refused = await train(`dataset.mixture=${dry}`);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('every weight is 0');
    const unknown = await train('dataset.mixture=[{dataset: debug-son}]');
    expect(unknown.stderr).toContain("Did you mean 'debug-song'?");
  });
});

describe('the cache', () => {
  it('a new vocabulary size re-runs exactly what depends on it', async () => {
    const report = await run(
      recipe('pretrain'),
      ...shared,
      '--set',
      'tokenizer.vocab_size=900',
      '--set',
      'pretrain.max_steps=2',
    );
    expect(statuses(report)).toEqual({ 'debug-poems': 'cached', 'debug-bpe': 'done', 'debug-base': 'done' });
    expect(report.stages[1]!.summary.vocab_size).toBe(900);
    const back = await run(recipe('data'), ...shared);
    expect(Object.keys(statuses(back))).toEqual(['debug-poems']);
  });

  it('--only and --force', async () => {
    const only = await run(recipe('tokenizer'), ...shared, '--only', 'tokenizer', '--force');
    expect(statuses(only)).toEqual({ 'debug-bpe': 'done' });
    expect((await run(recipe('tokenizer'), ...shared, '--only', 'debug-bpe')).cached).toBe(true);
    const both = await run(recipe('pretrain'), ...shared, '--only', 'debug-poems', '--only', 'debug-bpe');
    expect(Object.keys(statuses(both))).toEqual(['debug-poems', 'debug-bpe']);
    const missing = await athanor([
      'run',
      recipe('tokenizer'),
      '--only',
      'debug-bpe',
      '--workspace',
      join(place.path, 'fresh'),
    ]);
    expect(missing.stderr).toContain("dataset 'debug-poems', which stage 'debug-bpe' reads, does not exist");
  });
});

describe('interruption', () => {
  const steps = [
    '--set',
    'pretrain.max_steps=60',
    '--set',
    'pretrain.eval_interval=20',
    '--set',
    'pretrain.checkpoint_interval=5',
  ];
  const weights = (workspace: string) => readFileSync(join(workspace, 'models/debug-base/model.safetensors'));
  const metrics = (workspace: string) => {
    const id = readdirSync(join(workspace, 'runs')).find((name) => name.endsWith('debug-base'))!;
    return readJsonLines(join(workspace, 'runs', id, 'metrics.jsonl')).map(({ step, loss, val_loss }) => ({
      step,
      loss,
      val_loss,
    }));
  };
  let whole: string;
  beforeAll(async () => {
    whole = join(place.path, 'whole');
    await run(recipe('pretrain'), '--workspace', whole, ...steps);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)(
    '%s in the middle, then the same command: byte for byte the uninterrupted result',
    async (signal, code) => {
      const workspace = join(place.path, signal);
      const args = ['run', recipe('pretrain'), '--workspace', workspace, ...steps];
      const first = start(args);
      await first.seen(/\[debug-base\] steps 20\/60/);
      first.child.kill(signal);
      const stopped = await first.done;
      expect(stopped.code).toBe(code);
      if (signal === 'SIGINT') expect(stopped.stderr).toContain('error[cancelled]');
      expect(hasStack(stopped)).toBe(false);
      expect(existsSync(join(workspace, 'models/debug-base'))).toBe(false);

      const resumed = await run(recipe('pretrain'), '--workspace', workspace, ...steps);
      expect(statuses(resumed)).toEqual({ 'debug-poems': 'cached', 'debug-bpe': 'cached', 'debug-base': 'done' });
      expect(weights(workspace).equals(weights(whole))).toBe(true);
      expect(metrics(workspace)).toEqual(metrics(whole));
      expect(readdirSync(join(workspace, 'runs')).filter((name) => name.endsWith('debug-base'))).toHaveLength(1);
    },
  );

  it('train --resume goes on with the run that is named', async () => {
    const workspace = join(place.path, 'named');
    const first = start(['run', recipe('pretrain'), '--workspace', workspace, ...steps]);
    await first.seen(/\[debug-base\] steps 20\/60/);
    first.child.kill('SIGINT');
    await first.done;
    const id = readdirSync(join(workspace, 'runs')).find((name) => name.endsWith('debug-base'))!;
    const wrong = await athanor([
      'train',
      recipe('pretrain'),
      '--resume',
      'nothing',
      '--workspace',
      workspace,
      ...steps,
    ]);
    expect(wrong.stderr).toContain("unknown run 'nothing'");
    const resumed = await athanor([
      'train',
      recipe('pretrain'),
      '--resume',
      id,
      '--workspace',
      workspace,
      ...steps,
      '--json',
    ]);
    expect(json<Report>(resumed).stages).toMatchObject([{ name: 'debug-base', status: 'done', run: id }]);
  });
});

describe('the model', () => {
  const model = () => ['--model', 'debug-small', ...shared];

  it('generates the same text for the same seed', async () => {
    const args = ['generate', ...model(), '--prompt', '床前', '--max-tokens', '12', '--seed', '3', '--json'];
    const first = json<{ results: { text: string; completion_tokens: number }[] }>(await athanor(args));
    expect(first.results[0]!.completion_tokens).toBeGreaterThan(0);
    expect(json(await athanor(args))).toEqual(first);
  });

  it('scores texts and ids, and writes logits', async () => {
    const input = join(place.path, 'score.jsonl');
    writeFileSync(input, '{"text": "床前明月光"}\n{"ids": [5, 6, 7]}\n');
    const logits = join(place.path, 'logits.safetensors');
    const result = await athanor(['score', ...model(), '--input', input, '--logits', logits, '--json']);
    const { results } = json<{ results: { ids: number[]; logprobs: (number | null)[] }[] }>(result);
    expect(results.map(({ ids }) => ids.length)).toEqual(results.map(({ logprobs }) => logprobs.length));
    expect(results[1]!.ids).toEqual([5, 6, 7]);
    expect(results[0]!.logprobs[0]).toBeNull();
    for (const value of results[0]!.logprobs.slice(1)) expect(value).toBeLessThan(0);
    expect(readFileSync(logits).length).toBeGreaterThan(1000);
    const long = join(place.path, 'long.jsonl');
    writeFileSync(long, JSON.stringify({ ids: Array.from({ length: 500 }, () => 5) }));
    const refused = await athanor(['score', ...model(), '--input', long]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('more than the context of 128');
  });

  it('evaluates and quantizes from the command line', async () => {
    const out = join(place.path, 'eval.json');
    const args = ['eval', ...model(), '--tasks', 'perplexity', '--limit', '20', '--out', out, '--json'];
    const { scores } = json<{ scores: { perplexity: { perplexity: number } } }>(await athanor(args));
    expect(scores.perplexity.perplexity).toBeGreaterThan(1);
    expect(existsSync(out)).toBe(true);
    const unknown = await athanor(['eval', ...model(), '--tasks', 'perplexty']);
    expect(unknown.stderr).toContain("Did you mean 'perplexity'?");
    const small = join(place.path, 'small');
    const made = json<Record<string, number>>(await athanor(['quantize', ...model(), '--out', small, '--json']));
    expect(made.bytes_after).toBeLessThan(made.bytes_before!);
    const twice = await athanor(['quantize', '--model', small, ...shared]);
    expect(twice.stderr).toContain('is quantized already');
  });

  it('serves', async () => {
    const server = start(['serve', ...model(), '--port', '0']);
    await server.seen(/http:\/\/127\.0\.0\.1:\d+/);
    server.child.kill('SIGINT');
    expect((await server.done).code).toBe(0);
  });
});
