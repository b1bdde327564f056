/** The server over real sockets with OpenAI's own client, on a fake model. serve-model.test.ts has the real ones. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TextModel } from '../../src/infer/index.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/serve/index.ts';
import { createFakeTextModel } from '../helpers/fake-model.ts';

const user = (content: string) => ({ role: 'user' as const, content });
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(model: TextModel, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ model, modelName: 'test', port: 0, ...options });
  closers.push(() => server.close({ drainMs: 0 }));
  return server;
}
const clientOf = (url: string, apiKey = 'none') => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

/** Prometheus text as name{labels} → value; every line must be well-formed. */
async function scrape(url: string): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  for (const line of (await (await fetch(`${url}/metrics`)).text()).split('\n')) {
    if (line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ')) continue;
    const match = /^([a-z0-9_]+(?:\{[^}]*\})?) (\S+)$/.exec(line);
    expect(match, line).not.toBeNull();
    values.set(match![1]!, Number(match![2]));
  }
  return values;
}

async function gauges(url: string): Promise<[number | undefined, number | undefined]> {
  const values = await scrape(url);
  return [
    values.get('athanor_requests_running{model_name="test"}'),
    values.get('athanor_requests_waiting{model_name="test"}'),
  ];
}

/** Waits until the condition holds; fails after two seconds. */
async function eventually(condition: () => Promise<boolean> | boolean): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > 2000) expect.fail('it did not happen within two seconds');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - start;
}

describe('openai client', () => {
  let model: TextModel;
  beforeAll(() => {
    model = createFakeTextModel({ stepMs: 2, maxLength: 512 }, { maxQueue: 4 });
  });
  afterAll(() => model.engine.dispose());

  it('lists models', async () => {
    const { url } = await listen(model);
    const list = await clientOf(url).models.list();
    expect(list.data.map(({ id }) => id)).toEqual(['test']);
  });

  it('chats, and repeats itself with the same seed', async () => {
    const { url } = await listen(model);
    const ask = () =>
      clientOf(url).chat.completions.create({
        model: 'test',
        messages: [user('静夜思')],
        max_tokens: 24,
        temperature: 1,
        seed: 3,
      });
    const answer = await ask();
    expect(answer.choices[0]!.message.content).not.toBe('');
    expect(['stop', 'length']).toContain(answer.choices[0]!.finish_reason);
    expect(answer.usage!.total_tokens).toBe(answer.usage!.prompt_tokens + answer.usage!.completion_tokens);
    const [again, beside] = await Promise.all([ask(), ask()]);
    expect([again, beside].map((each) => each.choices[0]!.message.content)).toEqual(
      Array(2).fill(answer.choices[0]!.message.content),
    );
  });

  it('streams the same text', async () => {
    const { url } = await listen(model);
    const request = { model: 'test', messages: [user('静夜思')], max_tokens: 24, temperature: 0 };
    const whole = await clientOf(url).chat.completions.create(request);
    const stream = await clientOf(url).chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let chunks = 0;
    let usage: unknown;
    for await (const chunk of stream) {
      chunks++;
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(chunks).toBeGreaterThan(3);
    expect(usage).toEqual(whole.usage);
  });

  it('completes text', async () => {
    const { url } = await listen(model);
    const answer = await clientOf(url).completions.create({
      model: 'test',
      prompt: 'abc',
      max_tokens: 4,
      temperature: 0,
      logprobs: 2,
    });
    expect(answer.usage!.completion_tokens).toBeLessThanOrEqual(4);
    expect(answer.choices[0]!.logprobs!.tokens!.length).toBe(answer.usage!.completion_tokens);
  });

  it('frees the slot when a stream is cancelled', async () => {
    const { url } = await listen(model);
    const stream = await clientOf(url)
      .completions.create({
        model: 'test',
        prompt: 'abc',
        max_tokens: room(model),
        stream: true,
        logit_bias: ban(model),
      })
      .catch((error) => expect.fail(String(error)));
    for await (const _chunk of stream) break;
    stream.controller.abort();
    expect(await eventually(() => model.engine.stats().running === 0)).toBeLessThan(500);
    expect(await gauges(url)).toEqual([0, 0]);
    expect(
      (await scrape(url)).get('athanor_request_success_total{finished_reason="cancelled",model_name="test"}'),
    ).toBe(1);
  });

  it('frees the slot when a client that waits for the whole answer goes away', async () => {
    const { url } = await listen(model);
    const controller = new AbortController();
    const answer = clientOf(url).completions.create(
      { model: 'test', prompt: 'abc', max_tokens: room(model), logit_bias: ban(model) },
      { signal: controller.signal },
    );
    await eventually(() => model.engine.stats().running === 1);
    controller.abort();
    await expect(answer).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(await eventually(() => model.engine.stats().running === 0)).toBeLessThan(500);
  });

  it('gives the errors that the client knows', async () => {
    const { url } = await listen(model);
    const client = clientOf(url);
    const chat = (body: object) => client.chat.completions.create({ model: 'test', messages: [user('x')], ...body });
    await expect(chat({ temperature: 3 })).rejects.toMatchObject({
      status: 400,
      param: 'temperature',
      type: 'invalid_request_error',
    });
    await expect(chat({ model: 'gpt-9' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(chat({ messages: [user('很长'.repeat(20_000))] })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
    const bad = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model": "test", ',
    });
    expect([bad.status, (await bad.json()).error.type]).toEqual([400, 'invalid_request_error']);
    const large = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(2 << 20),
    }).then((response) => response.status);
    expect(large).toBe(413);
    expect(await gauges(url)).toEqual([0, 0]);
  });

  it('asks for the API key', async () => {
    const { url } = await listen(model, { apiKey: 'right' });
    await expect(clientOf(url, 'wrong').models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    expect((await clientOf(url, 'right').models.list()).data.length).toBe(1);
  });
});

/** Keeps a model from ending its answer. */
const ban = (model: TextModel) => Object.fromEntries(model.stopIds.map((id) => [String(id), -100]));

/** Collects garbage, so that what is left is really held. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) gc();
}

/** As many tokens as the context has room for. */
const room = (model: TextModel) => model.engine.runner.maxLength - 16;

describe('under load', () => {
  it('answers every one of 300 requests at concurrency 64 with 200 or 429, then is empty', async () => {
    const model = createFakeTextModel({ slots: 8, stepMs: 1 }, { maxQueue: 16 });
    const { url } = await listen(model);
    const client = clientOf(url);
    const statuses: Record<number, number> = {};
    let sent = 0;
    const worker = async () => {
      while (sent < 300) {
        const i = sent++;
        const body = { model: 'test', messages: [user(`问题 ${i}`)], max_tokens: 20 };
        const outcome = client.chat.completions.create(i % 2 === 0 ? { ...body, stream: true } : body);
        const status = await outcome.then(
          async (answer) => {
            if (Symbol.asyncIterator in answer) for await (const _chunk of answer);
            return 200;
          },
          (error) => (error.headers.get('retry-after') === '1' ? (error.status as number) : 0),
        );
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    expect(Object.keys(statuses)).toEqual(['200', '429']);
    expect(statuses[200]! + statuses[429]!).toBe(300);
    expect(statuses[200]).toBeGreaterThan(24);
    expect(await gauges(url)).toEqual([0, 0]);
    const values = await scrape(url);
    expect(values.get('athanor_e2e_request_latency_seconds_count{model_name="test"}')).toBe(statuses[200]);
    expect(Math.max(...model.runner.batches)).toBe(8);
    expect((await client.models.list()).data.length).toBe(1);
  });

  it('survives clients that vanish at any moment', async () => {
    const model = createFakeTextModel({ slots: 4, stepMs: 1 }, { maxQueue: 64 });
    const { url } = await listen(model);
    const client = clientOf(url);
    const vanish = async (i: number) => {
      const body = { model: 'test', messages: [user('x')], max_tokens: 200 };
      const options = { signal: AbortSignal.timeout(1 + (i % 25)) };
      if (i % 2 === 0) await client.chat.completions.create(body, options);
      else for await (const _chunk of await client.chat.completions.create({ ...body, stream: true }, options));
    };
    for (let round = 0; round < 5; round++) await Promise.allSettled(Array.from({ length: 40 }, (_, i) => vanish(i)));
    await eventually(() => model.engine.stats().running + model.engine.stats().queued === 0);
    expect(await gauges(url)).toEqual([0, 0]);
    expect(
      (await client.chat.completions.create({ model: 'test', messages: [user('x')], max_tokens: 3 })).choices.length,
    ).toBe(1);
  });

  it('keeps its memory over thousands of requests', async () => {
    const model = createFakeTextModel({ slots: 8 }, { maxQueue: 64 });
    const { url } = await listen(model);
    const round = async (count: number) => {
      for (let i = 0; i < count; i += 32)
        await Promise.all(
          Array.from({ length: 32 }, async (_, j) => {
            const body = {
              prompt: 'x'.repeat(1 + ((i + j) % 200)),
              max_tokens: 8,
              user: `unique ${i + j} ${'y'.repeat(2000)}`,
            };
            const response = await fetch(`${url}/v1/completions`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            });
            expect(response.status).toBe(200);
            await response.text();
          }),
        );
      collect();
    };
    await round(1500);
    const before = process.memoryUsage();
    await round(3000);
    const after = process.memoryUsage();
    // 3,000 requests that kept 2 KB each would be 6 MB.
    expect(after.heapUsed - before.heapUsed).toBeLessThan(4 << 20);
    expect(after.rss - before.rss).toBeLessThan(100 << 20);
    expect(await gauges(url)).toEqual([0, 0]);
  });
});

describe('starting and stopping', () => {
  it('lets running requests finish, refuses new ones, then closes', async () => {
    const model = createFakeTextModel({ stepMs: 3 });
    const server = await startServer({ model, modelName: 'test', port: 0 });
    const client = clientOf(server.url);
    const running = client.chat.completions.create({ model: 'test', messages: [user('x')] });
    await eventually(() => model.engine.stats().running === 1);
    const closed = server.close();
    expect((await running).choices[0]!.finish_reason).toBe('stop');
    await closed;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    await expect(server.close()).resolves.toBeUndefined();
  });

  it('cuts what does not end in time, and says so', async () => {
    const model = createFakeTextModel({ stepMs: 5 });
    const server = await startServer({ model, modelName: 'test', port: 0 });
    const stream = await clientOf(server.url).completions.create({
      model: 'test',
      prompt: 'a',
      max_tokens: 250,
      stream: true,
    });
    const reading = (async () => {
      for await (const _chunk of stream);
    })();
    reading.catch(() => {});
    await eventually(() => model.engine.stats().running === 1);
    await server.close({ drainMs: 20 });
    await expect(reading).rejects.toThrow(/shutting down/);
    expect(model.engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('says when the port is taken', async () => {
    const model = createFakeTextModel();
    const { url } = await listen(model);
    await expect(startServer({ model, modelName: 'test', port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('the port is in use'),
    });
  });

  it('serves the page from the folder of the code', async () => {
    const { url } = await listen(createFakeTextModel());
    const page = readFileSync(new URL('../../src/serve/web/chat.html', import.meta.url), 'utf8');
    expect(await (await fetch(url)).text()).toBe(page);
  });
});
