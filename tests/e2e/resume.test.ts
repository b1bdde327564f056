/** Training that is killed at random moments, or stopped by Ctrl-C, ends with the very bytes of an uninterrupted run. */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, leftovers, readJsonLines, recipe, scratch, start } from './athanor.ts';

const set = (values: Record<string, number>) =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `pretrain.${key}=${value}`]);
const settings = set({ max_steps: 90, eval_interval: 25, checkpoint_interval: 3, eval_batches: 2 });
const train = (workspace: string, ...more: string[]) => [
  ...['train', recipe('pretrain'), '--workspace', workspace, '--threads', '1', ...settings, ...more],
];

let place: ReturnType<typeof scratch>;
/** A workspace that has everything but the model. */
let prepared: string;
let whole: string;
/** Milliseconds until the uninterrupted run showed its first step, and until it ended. */
let times: { readonly first: number; readonly end: number };

beforeAll(async () => {
  place = scratch();
  prepared = join(place.path, 'prepared');
  expect(await athanor(['run', recipe('tokenizer'), '--workspace', prepared])).toMatchObject({ code: 0 });
  whole = copy('whole');
  const begin = performance.now();
  const running = start(train(whole));
  await running.seen(/\[debug-base\] steps \d/);
  const first = performance.now() - begin;
  expect(await running.done).toMatchObject({ code: 0 });
  times = { first, end: performance.now() - begin };
});
afterAll(() => place?.remove());

function copy(name: string): string {
  const workspace = join(place.path, name);
  cpSync(prepared, workspace, { recursive: true });
  return workspace;
}

const runsOf = (workspace: string) =>
  readdirSync(join(workspace, 'runs'))
    .filter((name) => name.endsWith('debug-base'))
    .map((name) => join(workspace, 'runs', name));
const checkpointsOf = (run: string) => readdirSync(join(run, 'checkpoints')).filter((name) => /^step-\d+$/.test(name));
const weights = (directory: string) => readFileSync(join(directory, 'model.safetensors'));
const losses = (workspace: string) =>
  readJsonLines(join(runsOf(workspace).at(-1)!, 'metrics.jsonl')).map(({ step, loss, val_loss }) => [
    step,
    loss,
    val_loss,
  ]);

/** The results of a finished workspace are those of the uninterrupted one, and nothing else lies about. */
function expectWhole(workspace: string): void {
  const model = (root: string) => join(root, 'models/debug-base');
  expect(weights(model(workspace)).equals(weights(model(whole)))).toBe(true);
  expect(readFileSync(join(model(workspace), 'config.json'), 'utf8')).toBe(
    readFileSync(join(model(whole), 'config.json'), 'utf8'),
  );
  expect(losses(workspace)).toEqual(losses(whole));
  expect(leftovers(join(workspace, 'models'))).toEqual([]);
  expect(leftovers(runsOf(workspace).at(-1)!)).toEqual([]);
}

describe('kill -9', () => {
  it.each([1, 2, 3, 4, 5])('at a random moment, number %i', async (number) => {
    const workspace = copy(`killed-${number}`);
    // A fifth of the run each, so that start, steps, checkpoints, validation and the saving of the model are met.
    const share = (number - 1 + Math.random()) / 5;
    const delay = times.first * 0.5 + share * (times.end - times.first * 0.5);
    const first = start(train(workspace));
    await sleep(delay);
    first.child.kill('SIGKILL');
    await first.done;
    // What has a result's name is whole: half-written things have others.
    const run = existsSync(join(workspace, 'runs')) ? runsOf(workspace)[0] : undefined;
    if (run && existsSync(join(run, 'checkpoints')))
      for (const name of checkpointsOf(run))
        expect(readdirSync(join(run, 'checkpoints', name))).toEqual(expect.arrayContaining(['manifest.json']));
    if (existsSync(join(workspace, 'models/debug-base')))
      expect(weights(join(workspace, 'models/debug-base')).equals(weights(join(whole, 'models/debug-base')))).toBe(
        true,
      );

    const resumed = await athanor(train(workspace, '--resume'));
    expect(resumed, `killed after ${delay.toFixed(0)} ms: ${resumed.stderr}`).toMatchObject({ code: 0 });
    expectWhole(workspace);
  });

  it('again and again in one run', async () => {
    const workspace = copy('often');
    for (let kill = 0; kill < 4; kill++) {
      const running = start(train(workspace));
      await sleep(times.first + Math.random() * 0.25 * (times.end - times.first));
      running.child.kill('SIGKILL');
      await running.done;
    }
    expect(await athanor(train(workspace, '--resume'))).toMatchObject({ code: 0 });
    expectWhole(workspace);
    expect(runsOf(workspace).length).toBe(1);
  });
});

describe('Ctrl-C', () => {
  it('ends with 130 and a checkpoint of the step under way; the run goes on from there', async () => {
    const workspace = copy('stopped');
    const first = start(train(workspace));
    await first.seen(/\[debug-base\] steps 25\/90/);
    first.child.kill('SIGINT');
    const stopped = await first.done;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('error[cancelled]');
    expect(hasStack(stopped)).toBe(false);
    expect(leftovers(workspace)).toEqual([]);
    expect(existsSync(join(workspace, 'models/debug-base'))).toBe(false);
    const step = Number(checkpointsOf(runsOf(workspace)[0]!).sort().at(-1)!.slice('step-'.length));
    expect(step).toBeGreaterThanOrEqual(25);
    expect(step).toBeLessThan(90);

    const resumed = await athanor(train(workspace, '--resume'));
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(resumed.stderr).toMatch(/resumes \S+-debug-base/);
    expectWhole(workspace);
  });
});
