/** `athanor serve` as a process of its own, on a trained model and on its int8 copy, with OpenAI's own client. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrainedModels, trainModels } from '../helpers/trained-model.ts';
import { athanor, hasStack, type Running, scratch, start } from './athanor.ts';

let models: TrainedModels;
beforeAll(async () => {
  models = await trainModels();
});
afterAll(() => models?.remove());

const messages = [{ role: 'user' as const, content: '以《静夜思》为题写一首五言绝句' }];
/** A prompt that leaves the context nearly empty, so that an answer without an end takes long. */
const endless = { prompt: '春', max_tokens: 120, logit_bias: { 0: -100, 1: -100, 2: -100 }, temperature: 0 };

/** Starts the server on a free port. */
async function serve(directory: string, ...flags: string[]) {
  const server = start(['serve', '--model', directory, '--port', '0', '--threads', '1', ...flags]);
  const url = await server.seen(/http:\/\/127\.0\.0\.1:\d+/).then(() => server.stderr().match(/http:\S+:\d+/)![0]);
  return { server, url, client: (apiKey = 'none') => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 }) };
}

/** Ctrl-C: the server ends by itself, without an error. */
async function stop(server: Running): Promise<void> {
  server.child.kill('SIGINT');
  const result = await server.done;
  expect(result.code, result.stderr).toBe(0);
  expect(hasStack(result), result.stderr).toBe(false);
}

async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^athanor_${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Waits until the gauge has the value. @returns milliseconds */
async function reaches(url: string, name: string, value: number): Promise<number> {
  const begin = performance.now();
  while ((await gauge(url, name)) !== value) {
    if (performance.now() - begin > 5000) expect.fail(`${name} did not become ${value} within five seconds`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - begin;
}

describe.each(['float', 'int8'] as const)('athanor serve, %s', (kind) => {
  let served: Awaited<ReturnType<typeof serve>>;
  let model: string;
  beforeAll(async () => {
    model = basename(models[kind]);
    served = await serve(models[kind]);
  });
  afterAll(() => served && stop(served.server));

  it('lists the model', async () => {
    const { data } = await served.client().models.list();
    expect(data.map(({ id }) => id)).toEqual([model]);
  });

  it('chats: the same seed gives the same answer, alone and beside others', async () => {
    const ask = (seed: number) =>
      served.client().chat.completions.create({ model, messages, max_tokens: 40, temperature: 1, seed });
    const alone = await ask(1);
    const { content } = alone.choices[0]!.message;
    expect(content).toMatch(/\p{Script=Han}/u);
    expect(['stop', 'length']).toContain(alone.choices[0]!.finish_reason);
    expect(alone.usage!.total_tokens).toBe(alone.usage!.prompt_tokens + alone.usage!.completion_tokens);
    const together = await Promise.all([1, 2, 3, 1].map(ask));
    const answers = together.map(({ choices }) => choices[0]!.message.content);
    expect([answers[0], answers[3]]).toEqual([content, content]);
    expect(new Set(answers).size).toBe(3);
  });

  it('streams the answer that it gives at once', async () => {
    const request = { model, messages, max_tokens: 40, temperature: 0 };
    const whole = await served.client().chat.completions.create(request);
    const stream = await served
      .client()
      .chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
    let text = '';
    let usage: unknown;
    const reasons: string[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      reasons.push(...(chunk.choices[0]?.finish_reason ? [chunk.choices[0].finish_reason] : []));
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(text).not.toContain('\ufffd');
    expect(reasons).toEqual([whole.choices[0]!.finish_reason]);
    expect(usage).toEqual(whole.usage);
  });

  it('completes text with log-probabilities', async () => {
    const { choices, usage } = await served
      .client()
      .completions.create({ model, prompt: '床前', max_tokens: 8, temperature: 0, logprobs: 2 });
    const { tokens, token_logprobs, top_logprobs } = choices[0]!.logprobs!;
    expect(tokens).toHaveLength(usage!.completion_tokens);
    token_logprobs!.forEach((value, i) => {
      // Greedy: each token is the best of the two that are listed.
      expect(value).toBeLessThanOrEqual(0);
      expect(value).toBeCloseTo(Math.max(...Object.values(top_logprobs![i]!)), 5);
    });
  });

  it('frees the slot of a stream that is cancelled', async () => {
    const cancelled = 'request_success_total\\{finished_reason="cancelled"';
    const stream = await served.client().completions.create({ model, ...endless, stream: true });
    for await (const _chunk of stream) break;
    stream.controller.abort();
    expect(await reaches(served.url, 'requests_running', 0)).toBeLessThan(1000);
    expect(await gauge(served.url, 'requests_waiting')).toBe(0);
    const metrics = await (await fetch(`${served.url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`${cancelled}.*\\} 1$`, 'm'));
    const after = await served.client().completions.create({ model, ...endless, max_tokens: 3 });
    expect(after.usage!.completion_tokens).toBe(3);
  });

  it('answers errors that the client knows', async () => {
    const ask = (body: object) => served.client().chat.completions.create({ model, messages, ...body });
    await expect(ask({ temperature: 3 })).rejects.toMatchObject({ status: 400, param: 'temperature' });
    await expect(ask({ model: 'gpt-9' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const long = { messages: [{ role: 'user', content: '很长的问题。'.repeat(1000) }] };
    await expect(ask(long)).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    await expect(ask({ messages: [] })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const bad = await fetch(`${served.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model": ',
    });
    expect([bad.status, (await bad.json()).error.type]).toEqual([400, 'invalid_request_error']);
    expect(await gauge(served.url, 'requests_running')).toBe(0);
  });

  it('answers 429 when its queue is full, and asks for the key', async () => {
    const small = await serve(models[kind], '--slots', '1', '--max-queue', '1', '--api-key', 'right');
    try {
      await expect(small.client('wrong').models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, () => small.client('right').completions.create({ model, ...endless })),
      );
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThan(6);
      for (const outcome of refused)
        expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(OpenAI.RateLimitError);
    } finally {
      await stop(small.server);
    }
  });
});

it('a model is quantized where its dataset is unknown, without a comparison', async () => {
  const elsewhere = scratch();
  try {
    const out = join(elsewhere.path, 'int8');
    const result = await athanor(['quantize', '--model', models.float, '--out', out, '--workspace', elsewhere.path]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('perplexity is not compared');
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
    const named = await athanor([
      ...['quantize', '--model', models.float, '--out', `${out}-2`],
      ...['--workspace', elsewhere.path, '--dataset', 'nope'],
    ]);
    expect(named.code).not.toBe(0);
    expect(existsSync(`${out}-2`)).toBe(false);
  } finally {
    elsewhere.remove();
  }
});
