/** The cache, the order and the resuming of stages, shown on stages that only copy text. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AthanorError, type ProgressEvent } from '../core/index.ts';
import { hashFile, writeDirectoryAtomic, writeFileAtomic } from '../core/node.ts';
import { Workspace } from '../data/index.ts';
import { defineStage, type StageContext } from './define.ts';
import type { LoadedRecipe } from './load.ts';
import type { ResolvedStage } from './resolve.ts';
import { type RunOptions, runStages } from './run.ts';

let directory: string;
let executed: string[];
let stopAfter: number | undefined;
const controller = { current: new AbortController() };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-run-'));
  executed = [];
  stopAfter = undefined;
  controller.current = new AbortController();
  writeFileSync(join(directory, 'input.txt'), 'abc');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Config {
  readonly name: string;
  readonly text: string;
  readonly from?: string;
  readonly file?: string;
  readonly log_every?: number;
}

/** Writes a "tokenizer": the text of its input, upper-cased or not. */
const copy = defineStage<Config>({
  kind: 'tokenizer',
  describe: '',
  version: 1,
  training: false,
  schema: z.any() as z.ZodType<Config>,
  cosmetic: ['log_every'],
  inputs: ({ from }) => (from ? [{ type: 'tokenizer', name: from, path: ['from'] }] : []),
  externals: ({ file }, { baseDir }) => (file ? [{ path: ['file'], hash: hashFile(join(baseDir, file)) }] : []),
  outputs: ({ name }) => [{ type: 'tokenizer', name }],
  async run({ name, text, from, file }, { workspace, baseDir }: StageContext) {
    executed.push(name);
    const inner = from ? readFileSync(join(workspace.tokenizer(from), 'text'), 'utf8') : '';
    const outer = file ? readFileSync(join(baseDir, file), 'utf8') : '';
    await writeDirectoryAtomic(workspace.tokenizer(name), (temp) =>
      writeFileAtomic(join(temp, 'text'), inner + outer + text),
    );
    return { length: (inner + outer + text).length };
  },
});

/** "Trains" ten steps with a checkpoint each; stops after `stopAfter`. */
const count = defineStage<Config>({
  ...copy,
  kind: 'pretrain',
  training: true,
  outputs: ({ name }) => [{ type: 'model', name }],
  async run({ name }, { workspace, run, signal }) {
    const checkpoints = join(run.dir, 'checkpoints');
    const steps = existsSync(checkpoints) ? readdirSync(checkpoints).map((step) => Number(step.slice(5))) : [];
    for (let step = Math.max(0, ...steps) + 1; step <= 10; step++) {
      executed.push(`step ${step}`);
      writeFileAtomic(join(checkpoints, `step-${step}`, 'state'), String(step));
      if (step === stopAfter) controller.current.abort();
      if (signal.aborted) throw new AthanorError('cancelled', 'stopped');
    }
    await writeDirectoryAtomic(workspace.model(name), (temp) => writeFileAtomic(join(temp, 'weights'), '10'));
    return {};
  },
});

function stage(index: number, definition: typeof copy, config: Config): ResolvedStage {
  const inputs = definition.inputs(config).map((reference) => ({ ...reference, from: index - 1 }));
  const outputs = definition.outputs(config);
  const kind = definition.kind as ResolvedStage['kind'];
  return {
    index,
    kind,
    name: config.name,
    config,
    definition: definition as ResolvedStage['definition'],
    inputs,
    outputs,
    derived: {},
  };
}

const loaded = (): LoadedRecipe => ({
  recipe: { name: 'test', seed: 1, plugins: [], stages: [] },
  file: join(directory, 'recipe.yaml'),
  baseDir: directory,
  value: {},
  locate: (error) => error,
});

async function run(stages: readonly ResolvedStage[], options: Partial<RunOptions> = {}) {
  executed = [];
  const events: ProgressEvent[] = [];
  const report = await runStages(stages, loaded(), {
    workspace: join(directory, 'workspace'),
    report: (event) => events.push(event),
    signal: controller.current.signal,
    ...options,
  });
  return { ...report, events };
}

const chain = (text = 'x', more: Partial<Config> = {}) => [
  stage(0, copy, { name: 'a', text: '', file: 'input.txt' }),
  stage(1, copy, { name: 'b', text, from: 'a', ...more }),
  stage(2, copy, { name: 'c', text: 'z', from: 'b' }),
  stage(3, copy, { name: 'other', text: 'o' }),
];

describe('cache', () => {
  it('a second run does nothing and says so', async () => {
    expect((await run(chain())).stages.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
    const second = await run(chain());
    expect(executed).toEqual([]);
    expect(second.cached).toBe(true);
    expect(second.stages[2]).toMatchObject({ status: 'cached', summary: { length: 5 } });
    expect(second.events.filter((event) => event.type === 'stage' && event.status === 'cached')).toHaveLength(4);
  });

  it('a changed config re-runs exactly what depends on it', async () => {
    await run(chain());
    await run(chain('y'));
    expect(executed).toEqual(['b', 'c']);
  });

  it('a cosmetic field re-runs nothing', async () => {
    await run(chain());
    await run(chain('x', { log_every: 5 }));
    expect(executed).toEqual([]);
  });

  it('content counts, not paths and dates', async () => {
    await run(chain());
    writeFileSync(join(directory, 'moved.txt'), 'abc');
    const moved = chain();
    moved[0] = stage(0, copy, { name: 'a', text: '', file: 'moved.txt' });
    await run(moved);
    expect(executed).toEqual([]);
    appendFileSync(join(directory, 'input.txt'), '!');
    await run(chain());
    expect(executed).toEqual(['a', 'b', 'c']);
  });

  it('the wave stops where a stage makes the same bytes again', async () => {
    await run(chain());
    rmSync(join(directory, 'workspace', 'cache', 'tokenizer-a.json'));
    await run(chain());
    expect(executed).toEqual(['a']);
  });

  it('a result that was changed or removed is made again', async () => {
    await run(chain());
    appendFileSync(join(directory, 'workspace', 'tokenizers', 'c', 'text'), '!');
    await run(chain());
    expect(executed).toEqual(['c']);
    rmSync(join(directory, 'workspace', 'tokenizers', 'other'), { recursive: true });
    await run(chain());
    expect(executed).toEqual(['other']);
  });

  it('the seed is part of the key; --force runs anyway; --only selects', async () => {
    await run(chain());
    await run(chain(), { seed: 2 });
    expect(executed).toEqual(['a', 'b', 'c', 'other']);
    await run(chain(), { seed: 2, force: true, only: ['c'] });
    expect(executed).toEqual(['c']);
  });

  it('--only without what it needs names what is missing', async () => {
    await expect(run(chain(), { only: ['c'] })).rejects.toThrowError(
      /tokenizer 'b', which stage 'c' reads, does not exist/,
    );
  });
});

describe('interrupted training', () => {
  const stages = () => [stage(0, count, { name: 'm', text: '' })];

  it('goes on in the same run from its last checkpoint', async () => {
    stopAfter = 4;
    const stopped = await run(stages()).catch((error: unknown) => error);
    expect(stopped).toMatchObject({ code: 'cancelled' });
    expect(executed).toEqual(['step 1', 'step 2', 'step 3', 'step 4']);
    controller.current = new AbortController();
    stopAfter = undefined;
    const report = await run(stages());
    expect(executed).toEqual(['step 5', 'step 6', 'step 7', 'step 8', 'step 9', 'step 10']);
    expect(new Workspace(join(directory, 'workspace')).list('runs')).toEqual([report.stages[0]!.run]);
    await run(stages());
    expect(executed).toEqual([]);
  });

  it('begins anew when the config has changed, or with --force', async () => {
    stopAfter = 4;
    await run(stages()).catch(() => {});
    controller.current = new AbortController();
    await run([stage(0, count, { name: 'm', text: 'other' })]).catch(() => {});
    expect(executed[0]).toBe('step 1');
    controller.current = new AbortController();
    stopAfter = undefined;
    await run(stages(), { force: true });
    expect(executed).toHaveLength(10);
  });

  it('a failure is recorded and shown once', async () => {
    const broken = defineStage<Config>({ ...copy, run: () => Promise.reject(new AthanorError('engine', 'broke')) });
    await expect(run([stage(0, broken, { name: 'a', text: '' })])).rejects.toThrowError('broke');
    const workspace = new Workspace(join(directory, 'workspace'));
    const id = workspace.list('runs')[0]!;
    expect(JSON.parse(readFileSync(join(workspace.run(id), 'state.json'), 'utf8'))).toMatchObject({
      state: 'failed',
      detail: 'broke',
    });
    workspace.lock().release();
  });
});
