import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeTextModel } from '../../tests/helpers/fake-model.ts';
import { silent } from '../core/index.ts';
import { buildDataset, dataStageSchema, Workspace } from '../data/index.ts';
import { type RunningServer, startServer } from '../serve/index.ts';
import { type EvaluationRequest, evaluateModel } from './evaluation.ts';

let directory: string;
let server: RunningServer | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-evaluation-'));
  const messages = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: '床前明月光，疑是地上霜。' },
  ];
  writeFileSync(join(directory, 'chat.jsonl'), `${JSON.stringify({ messages })}\n`);
  const stage = {
    name: 'chat',
    sources: [{ type: 'jsonl', path: 'chat.jsonl' }],
    split: { train: 0, validation: 0, test: 1 },
  };
  await buildDataset(dataStageSchema.parse(stage), {
    workspace: new Workspace(join(directory, 'w')),
    baseDir: directory,
    seed: 1,
    report: silent,
    signal: new AbortController().signal,
  });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const evaluate = (endpoint: string, more: Partial<EvaluationRequest> = {}) =>
  evaluateModel({
    workspace: new Workspace(join(directory, 'w')),
    model: { endpoint },
    dataset: 'chat',
    tasks: ['quatrain-form'],
    seed: 1,
    stage: 'eval',
    report: silent,
    signal: new AbortController().signal,
    ...more,
  });

describe('evaluating a server', () => {
  it('asks for the model that the server has', async () => {
    server = await startServer({ model: createFakeTextModel(), modelName: 'fake', port: 0 });
    const result = await evaluate(`${server.url}/v1/`);
    expect(result.model.name).toBe(`fake at ${server.url}/v1/`);
    expect(result.tasks['quatrain-form']!.metrics.poems).toBe(1);
    await expect(evaluate(server.url, { tasks: ['perplexity'] })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(evaluate(server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says what is wrong with it', async () => {
    await expect(evaluate('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('cannot reach http://127.0.0.1:1/v1/models: '),
    });
    server = await startServer({ model: createFakeTextModel(), modelName: 'fake', port: 0, apiKey: 'secret' });
    await expect(evaluate(server.url)).rejects.toThrow(/answered 401/);
  });
});
