/**
 * HTTP requests that mean to succeed: time limits, retries with exponential back-off and jitter, Retry-After, a rate limit,
 * redirects that do not carry credentials to other hosts, size limits that also hold for unpacked bodies. Messages
 * name the label that the caller gives, never the address or headers that were sent: those may hold secrets.
 */
import { AthanorError } from '../../core/index.ts';
import { hashFraction } from '../hash-order.ts';
import type { Fields } from '../warc/fields.ts';
import { decodeBody } from '../warc/http.ts';

export interface ClientOptions {
  /** 0: no limit. */
  readonly requestsPerSecond: number;
  /** After the first try. */
  readonly retries: number;
  /** For the header, and between two pieces of the body. */
  readonly timeoutMs: number;
  /** The first wait between tries; each next one is twice as long. */
  readonly backoffMs?: number;
  /** A server that asks for a longer wait is not waited for. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** What messages call it. */
  readonly label: string;
  readonly maxBytes: number;
  /** Status codes beside 200 that are answers, not failures. */
  readonly accept?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A body that is read as it comes. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Buffer>;
}

const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504, 520, 522, 524]);
const MAX_REDIRECTS = 5;

/** A failure that another try may mend. */
class Passing {
  readonly what: string;
  readonly waitMs: number | undefined;
  readonly cause: unknown;
  constructor(what: string, waitMs?: number, cause?: unknown) {
    this.what = what;
    this.waitMs = waitMs;
    this.cause = cause;
  }
}

export class HttpClient {
  private readonly options: Required<Omit<ClientOptions, 'signal'>> & { readonly signal?: AbortSignal | undefined };
  private next = 0;

  constructor(options: ClientOptions) {
    this.options = { backoffMs: 500, maxWaitMs: 600_000, ...options };
  }

  /**
   * The whole body, unpacked.
   * @throws AthanorError('io' | 'not-found' | 'bad-file' | 'cancelled') naming the label
   */
  get(url: string, request: RequestOptions): Promise<Answer> {
    return this.retry(request.label, url, async () => {
      const { status, headers, chunks } = await this.once(
        url,
        { 'accept-encoding': 'gzip, br', ...request.headers },
        request,
      );
      const parts: Buffer[] = [];
      let length = 0;
      for await (const chunk of chunks) {
        length += chunk.length;
        if (length > request.maxBytes) throw tooLarge(request);
        parts.push(chunk);
      }
      return { status, headers, body: await unpack(Buffer.concat(parts), headers, request) };
    });
  }

  /**
   * Tries until `use` has taken the whole answer. What breaks on the way is tried again, with headers made anew: the place
   * for `Range`.
   */
  stream<Result>(
    url: string,
    request: Omit<RequestOptions, 'headers'> & { readonly headers: () => Readonly<Record<string, string>> },
    use: (answer: StreamedAnswer) => Promise<Result>,
  ): Promise<Result> {
    return this.retry(request.label, url, async () => use(await this.once(url, request.headers(), request)));
  }

  private async retry<Result>(label: string, url: string, attempt: () => Promise<Result>): Promise<Result> {
    for (let tries = 0; ; tries++) {
      let failure: Passing;
      try {
        await this.takeTurn();
        return await attempt();
      } catch (error) {
        if (this.options.signal?.aborted) throw cancelled(label, error);
        if (error instanceof AthanorError) throw error;
        failure = error instanceof Passing ? error : new Passing((error as Error).message, undefined, error);
      }
      const { retries, backoffMs, maxWaitMs } = this.options;
      if (tries >= retries) throw gaveUp(label, failure, tries + 1);
      // Full jitter keeps many clients from coming back at once; hashed, because nothing here is random.
      const wait = failure.waitMs ?? backoffMs * 2 ** tries * (0.5 + hashFraction(tries, url) / 2);
      if (wait > maxWaitMs) throw gaveUp(label, failure, tries + 1);
      await this.sleep(wait, label);
    }
  }

  /** One request, redirects followed. */
  private async once(
    url: string,
    headers: Readonly<Record<string, string>>,
    { label, accept = [] }: Omit<RequestOptions, 'headers'>,
  ): Promise<StreamedAnswer> {
    const { request } = await import('undici');
    const { timeoutMs, signal } = this.options;
    let [at, sent] = [new URL(url), { 'user-agent': 'athanor', ...headers }];
    for (let redirects = 0; ; redirects++) {
      const answer = await request(at, {
        headers: sent,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(signal ? { signal } : {}),
      });
      const fields = plainHeaders(answer.headers);
      const status = answer.statusCode;
      if (status === 200 || accept.includes(status)) return { status, headers: fields, chunks: answer.body };
      await answer.body.dump();
      if (status >= 300 && status < 400 && fields.location !== undefined) {
        if (redirects === MAX_REDIRECTS) throw refused(label, `it redirects more than ${MAX_REDIRECTS} times`, status);
        const target = new URL(fields.location, at);
        if (target.origin !== at.origin) sent = withoutCredentials(sent);
        at = target;
        continue;
      }
      if (RETRIED.has(status)) throw new Passing(`the server answers ${status}`, retryAfter(fields['retry-after']));
      throw refused(label, `the server answers ${status}`, status);
    }
  }

  private async takeTurn(): Promise<void> {
    const { requestsPerSecond } = this.options;
    if (requestsPerSecond === 0) return;
    const now = performance.now();
    const turn = Math.max(now, this.next);
    this.next = turn + 1000 / requestsPerSecond;
    if (turn > now) await this.sleep(turn - now, 'waiting');
  }

  private async sleep(ms: number, label: string): Promise<void> {
    const { setTimeout } = await import('node:timers/promises');
    const { signal } = this.options;
    await setTimeout(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      throw cancelled(label, error);
    });
  }
}

async function unpack(
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  request: RequestOptions,
): Promise<Buffer> {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return body;
  const fields: Fields = [['Content-Encoding', encoding]];
  try {
    return await decodeBody(body, fields, request.maxBytes);
  } catch (error) {
    if (error instanceof AthanorError && error.values.reason === 'bomb') throw tooLarge(request);
    throw new Passing('the body cannot be unpacked', undefined, error);
  }
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function withoutCredentials<Headers extends Readonly<Record<string, string>>>(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(([name]) =>
    /^(accept|accept-encoding|range|if-range|user-agent)$/i.test(name),
  );
  return Object.fromEntries(kept) as Headers;
}

/** RFC 9110 §10.2.3: seconds, or a date. */
export function retryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function refused(label: string, what: string, status: number): AthanorError {
  const hints: Record<number, string> = {
    401: 'Check the token or key that the source sends.',
    403: 'Check the token or key that the source sends, and whether it may read this.',
    404: 'Check the address.',
  };
  return new AthanorError(status === 404 ? 'not-found' : 'io', `cannot fetch ${label}: ${what}`, {
    place: label,
    hint: hints[status],
    values: { status },
  });
}

function gaveUp(label: string, failure: Passing, tries: number): AthanorError {
  const longer = failure.waitMs === undefined ? '' : ` and asks to wait ${Math.ceil(failure.waitMs / 1000)} s`;
  return new AthanorError('io', `cannot fetch ${label}: ${failure.what}${longer} (${tries} tries)`, {
    place: label,
    hint: 'Run the same command again later: what was fetched is kept.',
    cause: failure.cause,
  });
}

function tooLarge({ label, maxBytes }: RequestOptions): AthanorError {
  return new AthanorError('bad-file', `${label} is longer than ${maxBytes} bytes`, {
    place: label,
    hint: 'Raise the limit on the source if that is meant.',
  });
}

function cancelled(label: string, cause: unknown): AthanorError {
  return new AthanorError('cancelled', `stopped while fetching ${label}`, { place: label, cause });
}
