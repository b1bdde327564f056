/**
 * A small client of OpenAI-compatible chat completions, for steps that make data with a model. Retries with growing
 * pauses (the server's `Retry-After` where given), bounds the requests under way, and keeps answers in an `AnswerCache`,
 * so that a rerun gives the same answers without a server. Knows nothing about documents.
 */
import { resolve } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import type { Message } from '../document.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Endpoint } from './endpoint.ts';

/** What one request may change. */
export interface ChatOptions {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  /** Passed to the server, and part of the cache key: another seed asks for another answer to the same messages. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ChatAnswer {
  readonly content: string;
  /** Why the model stopped: `stop`, `length`, … */
  readonly finishReason: string;
}

/** What surrounds the client; tests replace the clock. */
export interface ChatSurroundings {
  /** Where a relative cache path begins. */
  readonly baseDir: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const AGAIN = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

export class ChatClient {
  readonly endpoint: Endpoint;
  private readonly cache: AnswerCache | undefined;
  private readonly key: string | undefined;
  private readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  private running = 0;
  private readonly queue: (() => void)[] = [];
  /** Requests under way by key: equal ones at the same time are sent once. */
  private readonly underway = new Map<string, Promise<ChatAnswer>>();
  /** Requests sent, retries included. */
  sent = 0;

  constructor(endpoint: Endpoint, { baseDir, environment = process.env, wait = pause }: ChatSurroundings) {
    this.endpoint = endpoint;
    this.cache = endpoint.cache === undefined ? undefined : new AnswerCache(resolve(baseDir, endpoint.cache));
    this.key = environment[endpoint.api_key_env] || undefined;
    this.wait = wait;
  }

  /**
   * The model's answer to a conversation.
   * @throws AthanorError('engine') when the server refuses or stays silent after all retries; 'not-found' when offline
   * and not in the cache; 'cancelled' when stopped
   */
  async complete(messages: readonly Message[], options: ChatOptions = {}): Promise<ChatAnswer> {
    const { endpoint } = this;
    const body = {
      model: endpoint.model,
      messages,
      temperature: options.temperature ?? endpoint.temperature,
      top_p: options.topP ?? endpoint.top_p,
      max_tokens: options.maxTokens ?? endpoint.max_tokens,
      stop: options.stop,
      seed: options.seed,
    };
    const key = AnswerCache.keyOf(body);
    const known = this.cache?.get(key) as ChatAnswer | undefined;
    if (known !== undefined) return known;
    if (endpoint.offline) {
      throw new AthanorError('not-found', `the answer to a request is not in the cache, and 'offline' is set`, {
        place: this.cache?.path,
        hint: 'Set `offline: false` once to fetch it, or bring the cache file of the run that made the data.',
        values: { key },
      });
    }
    let answer = this.underway.get(key);
    if (answer === undefined) {
      answer = this.ask(key, body, options.signal).finally(() => this.underway.delete(key));
      this.underway.set(key, answer);
    }
    return answer;
  }

  private async ask(key: string, body: object, signal: AbortSignal | undefined): Promise<ChatAnswer> {
    await this.turn();
    try {
      const answer = await this.send(body, signal);
      this.cache?.set(key, body, answer);
      return answer;
    } finally {
      this.running--;
      this.queue.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    while (this.running >= this.endpoint.concurrency) await new Promise<void>((go) => this.queue.push(go));
    this.running++;
  }

  private async send(body: object, signal: AbortSignal | undefined): Promise<ChatAnswer> {
    const { base_url, retries } = this.endpoint;
    const place = urlOf(base_url);
    for (let attempt = 0; ; attempt++) {
      if (signal?.aborted) throw new AthanorError('cancelled', 'stopped while asking a model', { place });
      const result = await this.once(place, body, signal);
      if ('content' in result) return result;
      if (signal?.aborted) throw new AthanorError('cancelled', 'stopped while asking a model', { place });
      if (!result.again || attempt >= retries) {
        throw new AthanorError('engine', `${place}: ${this.withoutKey(result.problem)}`, {
          place,
          hint: result.hint,
          values: { status: result.status, attempts: attempt + 1 },
          cause: result.cause,
        });
      }
      await this.wait(Math.min(result.pauseMs ?? FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS), signal);
    }
  }

  /** Servers may show the key that they refuse. */
  private withoutKey(text: string): string {
    return this.key === undefined ? text : text.replaceAll(this.key, '***');
  }

  private async once(place: string, body: object, signal: AbortSignal | undefined): Promise<ChatAnswer | Failure> {
    this.sent++;
    const limit = AbortSignal.timeout(this.endpoint.timeout_seconds * 1000);
    try {
      const response = await fetch(place, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        },
        body: JSON.stringify(body),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const text = await response.text();
      if (response.ok) return readAnswer(text);
      return refused(response, text);
    } catch (error) {
      if (limit.aborted)
        return { again: true, problem: `no answer within ${this.endpoint.timeout_seconds} seconds`, cause: error };
      const cause = (error as { cause?: { code?: string; message?: string } }).cause;
      const problem = `the connection failed: ${cause?.code ?? cause?.message ?? (error as Error).message}`;
      return { again: true, problem, cause: error, hint: 'Check `base_url` and whether the server runs.' };
    }
  }
}

interface Failure {
  readonly again: boolean;
  readonly problem: string;
  readonly hint?: string;
  readonly status?: number;
  readonly pauseMs?: number | undefined;
  readonly cause?: unknown;
}

/** A query (`?api-version=…`) stays behind the path. */
function urlOf(baseUrl: string): string {
  const [path = '', query] = baseUrl.split(/(?=\?)/);
  return `${path.replace(/\/+$/, '')}/chat/completions${query ?? ''}`;
}

function readAnswer(text: string): ChatAnswer | Failure {
  const found = text.slice(0, 200);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { again: true, problem: `the answer is not JSON: ${found}` };
  }
  type Choice = { message?: { content?: unknown }; finish_reason?: unknown };
  const choice = (value as { choices?: readonly Choice[] } | null)?.choices?.[0];
  const content = choice?.message?.content;
  if (typeof content !== 'string')
    return { again: false, problem: `the answer has no choices[0].message.content: ${found}` };
  return { content, finishReason: typeof choice?.finish_reason === 'string' ? choice.finish_reason : 'stop' };
}

function refused(response: Response, text: string): Failure {
  const { status } = response;
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    again: AGAIN.has(status),
    status,
    problem: `HTTP ${status}: ${text.slice(0, 300)}`,
    hint: status === 401 || status === 403 ? 'Check the variable that `api_key_env` names.' : undefined,
    pauseMs: Number.isFinite(after) ? Math.max(0, after * 1000) : undefined,
  };
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish);
  });
}
