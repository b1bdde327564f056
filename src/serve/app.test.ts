import { describe, expect, it } from 'vitest';
import { ANSWER, createFakeTextModel, type FakeRunnerOptions, scripted } from '../../tests/helpers/fake-model.ts';
import type { ProgressEvent } from '../core/index.ts';
import type { EngineOptions } from '../infer/index.ts';
import { type AppOptions, createApp } from './app.ts';

const jsonType = { 'content-type': 'application/json' };

interface Setup {
  readonly runner?: FakeRunnerOptions;
  readonly engine?: EngineOptions;
  readonly app?: Partial<AppOptions>;
  readonly model?: Partial<AppOptions['model']>;
}

function make({ runner, engine, app: options, model: override }: Setup = {}) {
  const model = { ...createFakeTextModel(runner, engine), ...override };
  const app = createApp({ model, modelName: 'fake', ...options });
  const post = (path: string, body: unknown, { headers, ...init }: RequestInit = {}) =>
    app.request(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
    });
  const chat = (body: Record<string, unknown> = {}, init?: RequestInit) =>
    post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'x' }], ...body }, init);
  const complete = (body: Record<string, unknown> = {}, init?: RequestInit) =>
    post('/v1/completions', { model: 'fake', prompt: 'abc', ...body }, init);
  return { app, model, post, chat, complete };
}

// biome-ignore lint/suspicious/noExplicitAny: JSON answers are compared field by field
const json = async (response: Response | Promise<Response>): Promise<any> => (await response).json();

async function events(response: Response): Promise<{ objects: { [key: string]: unknown }[]; done: boolean }> {
  const lines = (await response.text()).split('\n\n').filter((line) => line !== '');
  expect(lines.every((line) => line.startsWith('data: '))).toBe(true);
  const data = lines.map((line) => line.slice(6));
  return {
    objects: data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line)),
    done: data.at(-1) === '[DONE]',
  };
}

describe('chat completions', () => {
  it('answers', async () => {
    const body = await json(make().chat());
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'fake',
      choices: [{ index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 8, completion_tokens: 36, total_tokens: 44 },
    });
    expect(body.id).toMatch(/^chatcmpl-/);
  });

  it('takes text parts, null fields, unknown fields, a developer message', async () => {
    const { chat } = make();
    const messages = [
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ];
    expect((await chat({ messages, temperature: null, stop: null, surprise: 1 })).status).toBe(200);
  });

  it('honours limits, stop strings, n and seeds', async () => {
    const { chat } = make();
    expect((await json(chat({ max_tokens: 3 }))).choices[0]).toMatchObject({
      message: { content: '床' },
      finish_reason: 'length',
    });
    expect((await json(chat({ max_completion_tokens: 3 }))).choices[0].finish_reason).toBe('length');
    expect((await json(chat({ stop: '，' }))).choices[0].message.content).toBe('床前明月光');
    expect((await json(chat({ n: 3 }))).choices.map((choice: { index: number }) => choice.index)).toEqual([0, 1, 2]);
    const varied = { temperature: 2, n: 2, seed: 7, max_tokens: 20, logit_bias: { 256: -100, ...flat() } };
    const first = await json(chat(varied));
    expect((await json(chat(varied))).choices).toEqual(first.choices);
    expect(first.choices[0].message.content).not.toBe(first.choices[1].message.content);
    expect(first.usage.prompt_tokens).toBe(8);
  });

  it('gives log-probabilities', async () => {
    const { chat } = make({ runner: { next: scripted('hi') } });
    const body = await json(chat({ logprobs: true, top_logprobs: 2 }));
    expect(body.choices[0].logprobs.content).toMatchObject([
      { token: 'h', bytes: [104], top_logprobs: [{ token: 'h' }, {}] },
      { token: 'i', bytes: [105] },
    ]);
  });

  it('streams', async () => {
    const response = await make().chat({ stream: true, stream_options: { include_usage: true }, n: 2 });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { objects, done } = await events(response);
    expect(done).toBe(true);
    const texts = ['', ''];
    const reasons: unknown[] = [];
    for (const { choices } of objects as unknown as {
      choices: { index: number; delta: { content?: string }; finish_reason: unknown }[];
    }[])
      for (const { index, delta, finish_reason } of choices) {
        texts[index] += delta.content ?? '';
        if (finish_reason) reasons.push(finish_reason);
      }
    expect(texts).toEqual([ANSWER, ANSWER]);
    expect(reasons).toEqual(['stop', 'stop']);
    expect(objects.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 72 } });
    expect(objects[0]).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [{ delta: { role: 'assistant' } }],
      usage: null,
    });
  });

  it('says in the stream when the model fails half-way', async () => {
    let steps = 0;
    const { chat } = make({
      runner: {
        beforeStep: () => {
          if (++steps === 5) throw new RangeError('kernel');
        },
      },
    });
    const { objects, done } = await events(await chat({ stream: true }));
    expect(done).toBe(false);
    expect(objects.at(-1)).toMatchObject({ error: { type: 'server_error', code: 'engine_error' } });
  });

  it('runs many choices without a warning of a leak', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    expect((await json(make().chat({ n: 16, max_tokens: 2 }))).choices.length).toBe(16);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('needs a chat template', async () => {
    const { chat } = make({ model: { encodeChat: undefined } });
    const response = await chat();
    expect(response.status).toBe(400);
    expect((await json(response)).error.message).toContain('no chat template');
  });
});

/** Makes the first 100 bytes equally likely. */
const flat = () => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [String(33 + i), 40]));

describe('completions', () => {
  it('continue text, several prompts, token ids', async () => {
    const { complete } = make();
    expect(await json(complete({ max_tokens: 3 }))).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'def', finish_reason: 'length', logprobs: null }],
      usage: { prompt_tokens: 3, completion_tokens: 3 },
    });
    const several = await json(complete({ prompt: ['a', 'xy'], n: 2, max_tokens: 2 }));
    expect(several.choices.map((choice: { text: string }) => choice.text)).toEqual(['bc', 'bc', 'za', 'za']);
    expect(several.usage).toEqual({ prompt_tokens: 3, completion_tokens: 8, total_tokens: 11 });
    expect((await json(complete({ prompt: [97, 98], max_tokens: 1 }))).choices[0].text).toBe('c');
    expect((await json(complete({ prompt: [[97], [98]], max_tokens: 1 }))).choices.length).toBe(2);
    expect((await json(complete({}))).usage.completion_tokens).toBe(16);
  });

  it('stream and give log-probabilities', async () => {
    const { complete } = make();
    const { objects } = await events(await complete({ max_tokens: 3, stream: true }));
    expect(objects.flatMap((object) => object.choices as { text: string }[]).map((choice) => choice.text)).toEqual([
      'd',
      'e',
      'f',
      '',
    ]);
    const { logprobs } = (await json(complete({ max_tokens: 2, logprobs: 1 }))).choices[0];
    expect(logprobs).toMatchObject({ tokens: ['d', 'e'], text_offset: [0, 1] });
    expect(logprobs.top_logprobs[0].d).toBe(logprobs.token_logprobs[0]);
  });
});

describe('errors', () => {
  const status = async (response: Response | Promise<Response>) => {
    const { error } = await json((await response).clone());
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    return [(await response).status, error.param ?? error.code];
  };

  it('out-of-range and malformed requests are 400 and name the field', async () => {
    const { app, chat, complete, post } = make();
    for (const [body, param] of [
      [{ temperature: 2.5 }, 'temperature'],
      [{ temperature: 'hot' }, 'temperature'],
      [{ top_p: 1.1 }, 'top_p'],
      [{ n: 0 }, 'n'],
      [{ n: 17 }, 'n'],
      [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ max_tokens: 257 }, 'max_tokens'],
      [{ max_completion_tokens: 257 }, 'max_completion_tokens'],
      [{ presence_penalty: -2.1 }, 'presence_penalty'],
      [{ frequency_penalty: 3 }, 'frequency_penalty'],
      [{ logit_bias: { 1: 101 } }, 'logit_bias.1'],
      [{ logit_bias: { 9999: 1 } }, 'logit_bias'],
      [{ top_logprobs: 21 }, 'top_logprobs'],
      [{ seed: 1.5 }, 'seed'],
      [{ messages: [] }, 'messages'],
      [{ messages: 'hello' }, 'messages'],
      [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role'],
      [
        { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
        'messages[0].content[0].type',
      ],
      [{ tools: [{ type: 'function' }] }, 'tools'],
      [{ response_format: { type: 'json_object' } }, 'response_format.type'],
    ] as [Record<string, unknown>, string][])
      expect(await status(chat(body)), JSON.stringify(body)).toEqual([400, param]);
    expect(await status(complete({ prompt: 5 }))).toEqual([400, 'prompt']);
    expect(await status(complete({ echo: true }))).toEqual([400, 'echo']);
    expect(await status(post('/v1/chat/completions', '{"model":'))).toEqual([400, 'invalid_json']);
    expect(await status(post('/v1/chat/completions', ''))).toEqual([400, 'invalid_json']);
    const latin1 = new Uint8Array([...new TextEncoder().encode('{"prompt": "'), 0xe9, 0x22, 0x7d]);
    expect(await status(app.request('/v1/completions', { method: 'POST', headers: jsonType, body: latin1 }))).toEqual([
      400,
      'invalid_json',
    ]);
    expect((await post('/v1/chat/completions', '[1]')).status).toBe(400);
    expect((await post('/v1/chat/completions', '{}')).status).toBe(400);
  });

  it('the context length, tokens outside the vocabulary', async () => {
    const { chat, complete } = make();
    expect(await status(chat({ messages: [{ role: 'user', content: 'x'.repeat(300) }] }))).toEqual([
      400,
      'context_length_exceeded',
    ]);
    expect((await complete({ prompt: [99999] })).status).toBe(400);
    expect((await complete({ prompt: '' })).status).toBe(400);
  });

  it('unknown models, routes, methods', async () => {
    const { app, chat } = make();
    expect(await status(chat({ model: 'gpt-9' }))).toEqual([404, 'model']);
    expect(await status(app.request('/v1/nothing'))).toEqual([404, 'not_found']);
    expect(await status(app.request('/v1/chat/completions'))).toEqual([405, 'method_not_allowed']);
    expect(await status(app.request('/v1/models/none'))).toEqual([404, 'model']);
  });

  it('another content type than JSON is 415: a web page may post text without asking', async () => {
    const { app } = make();
    const body = JSON.stringify({ model: 'fake', prompt: 'abc' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/json-ish']) {
      const headers = { 'content-type': type };
      expect(await status(app.request('/v1/completions', { method: 'POST', headers, body }))).toEqual([
        415,
        'unsupported_media_type',
      ]);
    }
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await app.request('/v1/completions', { method: 'POST', headers, body })).status).toBe(200);
  });

  it('bodies beyond the limit are 413, with and without a length', async () => {
    const { chat, app } = make({ app: { maxBodyBytes: 1000 } });
    expect(await status(chat({ user: 'x'.repeat(1000) }))).toEqual([413, 'request_too_large']);
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(400));
      },
    });
    const streamed = app.request('/v1/chat/completions', {
      method: 'POST',
      headers: jsonType,
      body,
      duplex: 'half',
    } as RequestInit);
    expect(await status(streamed)).toEqual([413, 'request_too_large']);
    expect(pulled).toBeLessThan(8);
  });

  it('a full queue is 429 with Retry-After, and leaves none of the choices behind', async () => {
    const { chat, model } = make({ runner: { slots: 1 }, engine: { maxQueue: 1 } });
    const response = await chat({ n: 3 });
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await status(response)).toEqual([429, 'overloaded']);
    expect(model.engine.stats()).toMatchObject({ queued: 0, running: 0 });
    expect((await chat({ n: 2 })).status).toBe(200);
  });

  it('what fails inside is 500, told to the operator, not to the client', async () => {
    const reports: ProgressEvent[] = [];
    const codec = {
      ...createFakeTextModel().codec,
      encode: () => {
        throw new RangeError('secret path');
      },
    };
    const { complete } = make({ model: { codec }, app: { report: (event) => reports.push(event) } });
    const response = await complete();
    expect(response.status).toBe(500);
    expect((await json(response)).error.message).toBe('internal error');
    expect(reports).toMatchObject([{ type: 'message', level: 'warn', text: expect.stringContaining('secret path') }]);
  });

  it('a draining server takes nothing', async () => {
    const { app, chat } = make();
    app.context.draining = true;
    expect(await status(chat())).toEqual([503, 'shutting_down']);
    expect((await app.request('/healthz')).status).toBe(503);
  });
});

describe('authentication and origins', () => {
  it('asks for the key under /v1 only', async () => {
    const { app, chat } = make({ app: { apiKey: 'geheim' } });
    const authorized = (key: string) => ({ headers: { authorization: key } });
    expect((await chat()).status).toBe(401);
    expect((await chat({}, authorized('Bearer wrong'))).status).toBe(401);
    expect((await chat({}, authorized('geheim'))).status).toBe(401);
    expect((await chat({}, authorized('Bearer geheim'))).status).toBe(200);
    expect((await app.request('/v1/models')).status).toBe(401);
    expect((await app.request('/v1/nothing')).status).toBe(401);
    for (const open of ['/', '/healthz', '/metrics']) expect((await app.request(open)).status).toBe(200);
  });

  it('allows other origins only where they are named', async () => {
    const headers = { origin: 'https://a.example' };
    const origin = (response: Response) => response.headers.get('access-control-allow-origin');
    expect(origin(await make().app.request('/v1/models', { headers }))).toBe(null);
    const { app } = make({ app: { corsOrigins: ['https://a.example'], apiKey: 'k' } });
    expect(origin(await app.request('/v1/models', { headers }))).toBe('https://a.example');
    expect(origin(await app.request('/v1/models', { headers: { origin: 'https://b.example' } }))).toBe(null);
    const preflight = await app.request('/v1/models', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
  });
});

describe('the other routes', () => {
  it('models and health', async () => {
    const { app } = make();
    expect(await json(app.request('/v1/models'))).toMatchObject({
      object: 'list',
      data: [{ id: 'fake', object: 'model', max_model_len: 256 }],
    });
    expect(await json(app.request('/v1/models/fake'))).toMatchObject({ id: 'fake' });
    expect(await json(app.request('/healthz'))).toEqual({
      status: 'ok',
      model: 'fake',
      running: 0,
      queued: 0,
      slots: 4,
    });
  });

  it('metrics count what happened', async () => {
    const { app, chat } = make();
    await chat();
    await chat({ max_tokens: 2 });
    await chat({ temperature: 9 });
    const text = await (await app.request('/metrics')).text();
    const value = (name: string) => Number(new RegExp(`^athanor_${name}[{ ].*?([\\d.]+)$`, 'm').exec(text)?.[1]);
    expect(value('requests_running')).toBe(0);
    expect(value('requests_waiting')).toBe(0);
    expect(value('prompt_tokens_total')).toBe(16);
    expect(value('generation_tokens_total')).toBe(38);
    expect(value('time_to_first_token_seconds_count')).toBe(2);
    expect(value('e2e_request_latency_seconds_count')).toBe(2);
    expect(text).toMatch(/athanor_request_success_total\{finished_reason="stop",model_name="fake"\} 1/);
    expect(text).toMatch(/athanor_request_success_total\{finished_reason="length",model_name="fake"\} 1/);
    expect(text).toMatch(
      /athanor_http_requests_total\{route="\/v1\/chat\/completions",status="400",model_name="fake"\} 1/,
    );
  });

  it('the page stands alone, in two languages, and never sets HTML', async () => {
    const response = await make().app.request('/');
    const html = await response.text();
    expect(html).not.toMatch(/(src|href)="(?!data:)|@import|url\(|innerHTML|insertAdjacentHTML|document\.write/);
    expect(html).toContain('新对话');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(/script-src 'sha256-/);
    expect(policy).toMatch(/style-src 'sha256-/);
    expect(html).not.toMatch(/ (style|on\w+)="/);
    const tables = [...html.matchAll(/^ {2}(en|zh): \{([\s\S]*?)^ {2}\},/gm)].map((match) =>
      [...match[2]!.matchAll(/(\w+): '/g)].map((key) => key[1]),
    );
    expect(tables.length).toBe(2);
    expect(tables[0]).toEqual(tables[1]);
  });
});
