/** Runs as a user has them: resumed, killed, damaged, diverging, stopped. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AthanorError, type ProgressEvent } from '../core/index.ts';
import type { Backend } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import { checkpointName, listCheckpoints, verifyCheckpoint } from './checkpoint.ts';
import { trainingSchema } from './config.ts';
import { trainLoop } from './loop.ts';
import { objectives } from './objectives/registry.gen.ts';
import type { TrainOptions } from './run.ts';
import { countingSource, tinyLlama, VOCABULARY } from './testing.ts';

let backend: Backend;
let directory: string;
beforeAll(async () => {
  backend = await openBackend({ threads: 2, spinning: false });
});
afterAll(() => backend?.dispose());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-train-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const settings = {
  max_steps: 9,
  eval_interval: 4,
  checkpoint_interval: 3,
  eval_batches: 2,
  optimizer: { lr: 0.01 },
  schedule: { use: 'cosine', warmup: 2 },
};

function run(name: string, config: object = {}, more: Partial<TrainOptions> = {}) {
  return trainLoop({
    model: tinyLlama(),
    objective: objectives.pretrain,
    config: trainingSchema.parse({ ...settings, ...config }),
    seed: 7,
    train: countingSource(2, 8),
    validation: countingSource(2, 8, 99),
    backend,
    directory: join(directory, name),
    tokenBytes: new Uint32Array(VOCABULARY).fill(2),
    ...more,
  });
}

const metrics = (name: string) =>
  readFileSync(join(directory, name, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
/** Metrics without what the clock and the machine decide. */
const timeless = (name: string) => metrics(name).map(({ tokens_per_s, rss_mb, cpu_util, ...line }) => line);
const checkpoints = (name: string) => listCheckpoints(join(directory, name, 'checkpoints'));
const bytes = (path: string) =>
  ['model.safetensors', 'optimizer.safetensors'].map((file) => readFileSync(join(path, file)).toString('base64'));

/** Ends a run as SIGKILL would: at the given call of the data source, with whatever is on disk. */
const crashAt = (position: number): Partial<TrainOptions> => {
  const source = countingSource(2, 8);
  const batch = (at: number) => {
    if (at === position) throw new TypeError('killed');
    return source.batch(at);
  };
  return { train: { ...source, batch } };
};

describe('training', () => {
  it('learns, and leaves metrics, checkpoints and the best weights', async () => {
    const events: ProgressEvent[] = [];
    const result = await run(
      'a',
      { max_steps: 30, eval_interval: 10, checkpoint_interval: 15 },
      { report: (event) => events.push(event) },
    );
    const lines = metrics('a');
    expect(result).toMatchObject({ status: 'done', step: 30 });
    expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(Object.keys(lines[9]!).sort()).toEqual(
      ['cpu_util', 'grad_norm', 'loss', 'lr', 'rss_mb', 'step', 'tokens', 'tokens_per_s', 'val_bpb', 'val_loss'].sort(),
    );
    expect(lines[29]!.val_loss!).toBeLessThan(lines[9]!.val_loss!);
    expect(lines[29]!.val_bpb! / (lines[29]!.val_loss! / Math.LN2 / 2)).toBeCloseTo(1, 10); // every token is 2 bytes
    expect(result.best).toMatchObject({ step: 30, val_loss: lines[29]!.val_loss });
    expect(result.selected).toBe(result.best!.path);
    expect(checkpoints('a')).toEqual([20, 30]);
    expect(events.at(-1)).toMatchObject({ type: 'progress', done: 30, total: 30, unit: 'steps' });
  });

  it.each([
    ['on a checkpoint', 6],
    ['between checkpoints', 8],
    ['before the first', 2],
  ])('resumes bit for bit after a kill %s', async (_, position) => {
    const whole = await run('whole', { dropout: 0.1 });
    await expect(run('cut', { dropout: 0.1 }, crashAt(position))).rejects.toThrow('killed');
    appendFileSync(join(directory, 'cut', 'metrics.jsonl'), '{"step": 99, "lo'); // a torn line
    const resumed = await run('cut', { dropout: 0.1 }, { resume: true });
    expect(bytes(resumed.last)).toEqual(bytes(whole.last));
    expect(timeless('cut')).toEqual(timeless('whole'));
    expect(resumed.best!.val_loss).toBe(whole.best!.val_loss);
    expect(resumed.tokens).toBe(whole.tokens);
  });

  it('resumes bit for bit under accumulation after being stopped, and validates what the stop cut off', async () => {
    const config = { accumulation: 2 };
    const whole = await run('whole', config);
    const stop = new AbortController();
    const source = countingSource(2, 8);
    const batch = (at: number) => {
      if (at === 7) stop.abort(); // inside step 4, which a validation follows
      return source.batch(at);
    };
    const stopped = await run('cut', config, { signal: stop.signal, train: { ...source, batch } });
    expect(stopped).toMatchObject({ status: 'stopped', step: 4 });
    expect(metrics('cut').at(-1)!.step).toBe(3);
    const resumed = await run('cut', config, { resume: true });
    expect(bytes(resumed.last)).toEqual(bytes(whole.last));
    expect(timeless('cut')).toEqual(timeless('whole'));
  });

  it('goes back to the checkpoint before a damaged one, and says so', async () => {
    const whole = await run('whole');
    cpSync(join(directory, 'whole'), join(directory, 'cut'), { recursive: true });
    const newest = join(directory, 'cut', 'checkpoints', 'step-00000009');
    truncateSync(join(newest, 'optimizer.safetensors'), 100);
    expect(() => verifyCheckpoint(newest)).toThrow(/optimizer\.safetensors has 100 bytes/);
    const warnings: string[] = [];
    const resumed = await run(
      'cut',
      {},
      { resume: true, report: (event) => event.type === 'message' && warnings.push(event.text) },
    );
    expect(warnings).toEqual([expect.stringContaining('optimizer.safetensors has 100 bytes')]);
    expect(bytes(resumed.last)).toEqual(bytes(whole.last));
    for (const step of listCheckpoints(join(directory, 'cut', 'checkpoints')))
      rmSync(join(directory, 'cut', 'checkpoints', checkpointName(step), 'manifest.json'));
    const anew = await run(
      'cut',
      {},
      { resume: true, report: (event) => event.type === 'message' && warnings.push(event.text) },
    );
    expect(warnings.at(-1)).toBe('no checkpoint is whole: training begins anew');
    expect(bytes(anew.last)).toEqual(bytes(whole.last));
    const flipped = join(newest, 'model.safetensors');
    const content = readFileSync(flipped);
    content[content.length - 5]! ^= 1;
    writeFileSync(flipped, content);
    expect(() => verifyCheckpoint(newest)).toThrow(/does not have the bytes/);
  });

  it('stops when the loss is not finite, keeping the last good checkpoint', async () => {
    const error = await run('a', {
      optimizer: { lr: 1e30 },
      schedule: { use: 'constant', warmup: 0 },
      clip_norm: 0,
      checkpoint_interval: 1,
    }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AthanorError);
    const { message, hint, values } = error as AthanorError;
    expect(message).toMatch(/diverged: .* is (NaN|Infinity) at step \d+/);
    expect(hint).toContain(`step ${String(values.lastCheckpoint)} is kept`);
    expect(checkpoints('a').at(-1)).toBe(Number(values.step) - 1);
    expect(readdirSync(join(directory, 'a', 'checkpoints')).every((name) => /^step-\d{8}$/.test(name))).toBe(true);
  });

  it('keeps the newest checkpoints and the best', async () => {
    // Validation labels contradict training: the first validation stays the best.
    const contrary = countingSource(2, 8, 5);
    const validation = {
      ...contrary,
      batch: async (at: number) => {
        const { input_ids, labels } = await contrary.batch(at);
        return { input_ids, labels: labels.map((label) => (label < 0n ? label : (label + 9n) % BigInt(VOCABULARY))) };
      },
    };
    const result = await run(
      'a',
      { max_steps: 24, eval_interval: 4, checkpoint_interval: 4, keep_checkpoints: 1, optimizer: { lr: 0.03 } },
      { validation },
    );
    expect(result.best!.step).toBeLessThan(24);
    expect(checkpoints('a')).toEqual([result.best!.step, 24]);
    expect(result.selected).toContain(String(result.best!.step));
  });

  it('refuses a resume with other settings or data, and a new run over an old one', async () => {
    await run('a');
    await expect(run('a')).rejects.toThrow(/earlier run/);
    await expect(run('a', { accumulation: 2 }, { resume: true })).rejects.toThrow(
      /accumulation is 2, but the run began with 1/,
    );
    await expect(run('a', {}, { resume: true, train: countingSource(2, 8, 4) })).rejects.toThrow(
      /data is "counting-4"/,
    );
    await expect(run('b', {}, { train: countingSource(2, 32) })).rejects.toThrow(/longer than the model's context/);
    const more = await run('a', { max_steps: 11 }, { resume: true }); // longer is allowed
    expect(more.step).toBe(11);
  });

  it('fits a run and its schedule into its time', async () => {
    let time = 0;
    const now = () => (time += 50); // each look at the clock takes 50 ms
    const first = await run('a', { max_steps: undefined, max_minutes: 0.2 }, { now });
    expect(first.seconds).toBeGreaterThan(10);
    expect(first.seconds).toBeLessThan(14);
    expect(metrics('a').at(-1)!.lr).toBeLessThan(0.0015); // the schedule came to its end
  });

  it('samples after checkpoint and validation', async () => {
    const seen: unknown[] = [];
    const sample: TrainOptions['sample'] = async ({ step, store }) => {
      seen.push([step, checkpoints('a').includes(step), store.has('model.norm.weight')]);
    };
    await run('a', { sample: { interval: 4 } }, { sample });
    expect(seen).toEqual([
      [4, true, true],
      [8, true, true],
    ]);
  });
});
