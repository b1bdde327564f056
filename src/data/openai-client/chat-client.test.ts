import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChatReply, type ChatRequest, type ChatServer, startChatServer } from '../testing/chat-server.ts';
import { AnswerCache } from './answer-cache.ts';
import { ChatClient } from './chat-client.ts';
import { type EndpointInput, endpointSchema } from './endpoint.ts';
import { inOrder } from './in-order.ts';

let baseDir: string;
let server: ChatServer | undefined;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'athanor-chat-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(baseDir, { recursive: true, force: true });
});

const pauses: number[] = [];
function client(config: Partial<EndpointInput>, environment: Record<string, string> = {}): ChatClient {
  const endpoint = endpointSchema.parse({
    base_url: server?.baseUrl ?? 'http://127.0.0.1:1/v1',
    model: 'm',
    ...config,
  });
  pauses.length = 0;
  const wait = async (milliseconds: number) => void pauses.push(milliseconds);
  return new ChatClient(endpoint, { baseDir, environment, wait });
}
const ask = (content: string) => [{ role: 'user', content }] as const;
const start = async (reply: (request: ChatRequest, n: number) => string | ChatReply) => {
  server = await startChatServer(reply);
  return server;
};

describe('chat client', () => {
  it('sends the model, the messages, the key', async () => {
    const { requests, authorizations } = await start(({ messages }) => `回答：${messages[0]!.content}`);
    const chat = client({ temperature: 0.5, api_key_env: 'MY_KEY' }, { MY_KEY: 'sk-1' });
    expect(await chat.complete(ask('你好'), { stop: ['\n'], seed: 3 })).toEqual({
      content: '回答：你好',
      finishReason: 'stop',
    });
    expect(requests[0]).toEqual({
      model: 'm',
      messages: ask('你好'),
      temperature: 0.5,
      max_tokens: 1024,
      stop: ['\n'],
      seed: 3,
    });
    expect(authorizations).toEqual(['Bearer sk-1']);
    await client({}).complete(ask('x'));
    expect(authorizations[1]).toBeUndefined();
  });

  it('answers a rerun from the cache, without a server, and not when something differs', async () => {
    const { requests } = await start((_, n) => `answer ${n}`);
    const config = { cache: 'cache/answers.jsonl' };
    const first = client(config);
    expect((await first.complete(ask('a'))).content).toBe('answer 1');
    expect((await first.complete(ask('a'))).content).toBe('answer 1');
    expect((await first.complete(ask('a'), { seed: 1 })).content).toBe('answer 2');
    expect(requests).toHaveLength(2);
    await server!.close();
    const again = client({ ...config, offline: true, base_url: 'http://127.0.0.1:1/elsewhere' });
    expect((await again.complete(ask('a'))).content).toBe('answer 1');
    await expect(again.complete(ask('b'))).rejects.toMatchObject({ code: 'not-found' });
    expect(again.sent).toBe(0);
  });

  it('asks once for equal requests at one time, and not more than `concurrency` at once', async () => {
    await start(({ messages }) => ({ content: messages[0]!.content, delayMs: 20 }));
    const chat = client({ concurrency: 3 });
    const asked = Array.from({ length: 20 }, (_, i) => chat.complete(ask(`q${i % 10}`)));
    const answers = await Promise.all(asked);
    expect(answers.map(({ content }) => content)).toEqual(Array.from({ length: 20 }, (_, i) => `q${i % 10}`));
    expect(server!.requests).toHaveLength(10);
    expect(server!.busiest).toBe(3);
  });

  it('tries again after overload, server errors and lost connections', async () => {
    await start(
      (_, n) =>
        [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { hangUp: true }, { content: 'at last' }][
          n - 1
        ]!,
    );
    expect((await client({}).complete(ask('x'))).content).toBe('at last');
    expect(pauses).toEqual([7000, 1000, 2000]);
  });

  it('gives up at once where trying again is no use, and after the last retry', async () => {
    await start(() => ({ status: 401, body: '{"error":"bad key"}' }));
    await expect(client({}).complete(ask('x'))).rejects.toMatchObject({
      code: 'engine',
      hint: 'Check the variable that `api_key_env` names.',
      values: { status: 401, attempts: 1 },
    });
    await server!.close();
    await expect(client({ retries: 2 }).complete(ask('x'))).rejects.toMatchObject({ values: { attempts: 3 } });
    await start(() => ({ body: '{"choices":[]}' }));
    await expect(client({}).complete(ask('x'))).rejects.toThrow(/no choices\[0\]/);
    await server!.close();
    await start(() => ({ content: 'late', delayMs: 2000 }));
    await expect(client({ retries: 0, timeout_seconds: 0.05 }).complete(ask('x'))).rejects.toThrow(
      /within 0.05 seconds/,
    );
  });

  it('never tells the key, also where the server does', async () => {
    await start(() => ({ status: 401, body: '{"error":"Incorrect API key provided: sk-very-secret"}' }));
    const chat = client({ api_key_env: 'MY_KEY' }, { MY_KEY: 'sk-very-secret' });
    const error = await chat.complete(ask('x')).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: 'engine' });
    expect((error as Error).message).toContain('provided: ***');
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain('sk-very-secret');
  });

  it('keeps the query of an address behind the path', async () => {
    await start(() => 'yes');
    const chat = client({ base_url: `${server!.baseUrl}/?api-version=2024-06-01` });
    expect((await chat.complete(ask('x'))).content).toBe('yes');
    expect(server!.urls).toEqual(['/v1/chat/completions?api-version=2024-06-01']);
  });

  it('stops on a signal', async () => {
    await start(() => ({ content: 'late', delayMs: 500 }));
    const stop = new AbortController();
    const asked = client({}).complete(ask('x'), { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says what is wrong with an endpoint', () => {
    expect(endpointSchema.safeParse({ base_url: 'localhost:8080', model: 'm' }).success).toBe(false);
    expect(endpointSchema.safeParse({ base_url: 'ftp://x/', model: 'm' }).success).toBe(false);
    const withPassword = endpointSchema.safeParse({ base_url: 'https://me:pass@host/v1', model: 'm' });
    expect(withPassword.error!.issues[0]!.message).toContain('without user and password');
  });
});

describe('answer cache', () => {
  it('keeps the first answer, passes over half-written lines, sees what others append', () => {
    const path = join(baseDir, 'a.jsonl');
    const cache = new AnswerCache(path);
    const big = '长'.repeat(800_000);
    cache.set('a', 1, 'A');
    cache.set('b', 2, big);
    cache.set('a', 1, 'other');
    truncateSync(path, readFileSync(path).length - 5);
    const second = new AnswerCache(path);
    expect([second.get('a'), second.get('b'), second.size]).toEqual(['A', undefined, 1]);
    second.set('c', 3, { content: 'C\n\u2028' });
    appendFileSync(path, 'not json\n{"key":"d","answer":"D"}\n');
    second.set('b', 2, big);
    const third = new AnswerCache(path);
    for (const one of [second, third]) {
      expect(one.get('c')).toEqual({ content: 'C\n\u2028' });
      expect(one.get('d')).toBe('D');
      expect(one.get('b')).toBe(big);
    }
    expect(AnswerCache.keyOf({ a: 1, b: 2 })).toBe(AnswerCache.keyOf({ b: 2, a: 1 }));
  });
});

describe('inOrder', () => {
  it('keeps the order, bounds what is under way, throws in turn', async () => {
    let now = 0;
    let most = 0;
    const run = async (n: number) => {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done, (n * 7) % 5));
      now--;
      if (n === 13) throw new RangeError('13');
      return n;
    };
    const got: number[] = [];
    const all = async () => {
      for await (const n of inOrder(
        Array.from({ length: 20 }, (_, i) => i),
        4,
        run,
      ))
        got.push(n);
    };
    await expect(all()).rejects.toThrow('13');
    expect(got).toEqual(Array.from({ length: 13 }, (_, i) => i));
    expect(most).toBe(4);
  });
});
