/**
 * One HTTP request and its whole answer, within limits of time and size. Follows no redirect, undoes no content coding,
 * asks for nothing twice: those are decisions of the crawl. HTTP/1.1 by undici, loaded when the first fetcher is made.
 */
import { isUtf8 } from 'node:buffer';
import type { Agent, Dispatcher } from 'undici';
import { type Fields, fieldNamed } from '../warc/fields.ts';
import { isPrivateAddress, privateAddressCode, publicLookup } from './address.ts';
import { hostnameOf, hostOf } from './url.ts';

export interface FetchLimits {
  /** Milliseconds to connect, TLS included. */
  readonly connectMs: number;
  /** Milliseconds from the start to the header. */
  readonly firstByteMs: number;
  /** Milliseconds in all. */
  readonly totalMs: number;
  /** Bytes of a body as it is sent. */
  readonly maxBodyBytes: number;
  readonly allowPrivate: boolean;
  /** Connections to one origin. */
  readonly connections: number;
}

/** An answer, whole or cut off. */
export interface Exchange {
  readonly url: string;
  readonly date: Date;
  readonly milliseconds: number;
  readonly ip: string | undefined;
  readonly requestLine: string;
  readonly requestHeaders: Fields;
  readonly status: number;
  readonly statusLine: string;
  /** As sent; chunked transfer coding is undone in the body. */
  readonly headers: Fields;
  readonly body: Buffer;
  /** Why the body is not whole. */
  readonly truncated?: 'length' | 'time' | 'disconnect';
  /** `accepts` said no: the body was not read. */
  readonly unread?: boolean;
}

export type FetchFault =
  | 'private-address'
  | 'dns'
  | 'connect'
  | 'connect-timeout'
  | 'first-byte-timeout'
  | 'reset'
  | 'tls'
  | 'header-too-large'
  | 'invalid-response'
  | 'cancelled';

export interface FetchFailure {
  readonly fault: FetchFault;
  readonly detail: string;
}

export interface FetchRequest {
  readonly url: string;
  /** Beside Host and Connection. */
  readonly headers: Fields;
  /** Decides by status and header whether the body is worth reading. */
  readonly accepts?: (status: number, headers: Fields) => boolean;
  /** In place of the limits' own. */
  readonly maxBodyBytes?: number;
}

export class Fetcher {
  private readonly agent: Agent;
  private readonly limits: FetchLimits;
  private readonly signal: AbortSignal | undefined;
  /** Who we are connected to, by host. */
  private readonly addresses = new Map<string, string>();

  static async open(limits: FetchLimits, signal?: AbortSignal): Promise<Fetcher> {
    return new Fetcher(await import('undici'), limits, signal);
  }

  private constructor(undici: typeof import('undici'), limits: FetchLimits, signal: AbortSignal | undefined) {
    this.limits = limits;
    this.signal = signal;
    const connect = undici.buildConnector({
      timeout: limits.connectMs,
      ...(limits.allowPrivate ? {} : { lookup: publicLookup as never }),
    });
    this.agent = new undici.Agent({
      connections: limits.connections,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 64 << 10,
      keepAliveTimeout: 15_000,
      connect: (options, callback) =>
        connect(options, (...result) => {
          const socket = result[1];
          if (socket?.remoteAddress) this.addresses.set(options.host ?? options.hostname, socket.remoteAddress);
          callback(...result);
        }),
    });
    this.agent.on('disconnect', (origin) => this.addresses.delete(origin.host));
  }

  async fetch(request: FetchRequest): Promise<Exchange | FetchFailure> {
    const { url } = request;
    const hostname = hostnameOf(url);
    if (!this.limits.allowPrivate && isPrivateAddress(hostname))
      return { fault: 'private-address', detail: `${hostname} is inside a private network` };
    const timer = new PhaseTimer(this.limits, this.signal);
    const date = new Date();
    const started = performance.now();
    const path = pathAndQuery(url);
    try {
      const response = await this.agent.request({
        origin: new URL(url).origin,
        path,
        method: 'GET',
        headers: request.headers.flat(),
        signal: timer.signal,
        responseHeaders: 'raw',
      });
      timer.headersCame();
      const headers = pairs(response.headers as unknown as readonly string[]);
      const ip = this.addresses.get(hostOf(url));
      const unread = request.accepts?.(response.statusCode, headers) === false;
      const body = unread
        ? await discard(response)
        : await this.readBody(response, timer, request.maxBodyBytes ?? this.limits.maxBodyBytes);
      return {
        url,
        date,
        milliseconds: Math.round(performance.now() - started),
        ip,
        requestLine: `GET ${path} HTTP/1.1`,
        requestHeaders: [['host', hostOf(url)], ['connection', 'keep-alive'], ...request.headers],
        status: response.statusCode,
        statusLine: `HTTP/1.1 ${response.statusCode} ${response.statusText}`.trimEnd(),
        headers,
        ...body,
        ...(unread ? { unread } : {}),
      };
    } catch (error) {
      return describeFailure(error, timer.phase);
    } finally {
      timer.stop();
    }
  }

  private async readBody(
    response: Dispatcher.ResponseData,
    timer: PhaseTimer,
    maxBytes: number,
  ): Promise<Pick<Exchange, 'body' | 'truncated'>> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes)
          return { body: Buffer.concat(chunks, length).subarray(0, maxBytes), truncated: 'length' };
      }
      return { body: Buffer.concat(chunks, length) };
    } catch (error) {
      if (timer.phase === 'cancelled') throw error;
      return { body: Buffer.concat(chunks, length), truncated: timer.phase === 'total' ? 'time' : 'disconnect' };
    } finally {
      response.body.on('error', () => {}).destroy();
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** Aborts a request where a phase takes too long, and remembers which. */
class PhaseTimer {
  /** What went wrong, where something did. */
  phase: 'none' | 'first-byte' | 'total' | 'cancelled' = 'none';
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private readonly firstByte: NodeJS.Timeout;
  private readonly outer: AbortSignal | undefined;
  private readonly cancel = (): void => this.abort('cancelled');

  constructor(limits: FetchLimits, outer: AbortSignal | undefined) {
    this.total = setTimeout(() => this.abort('total'), limits.totalMs);
    this.firstByte = setTimeout(() => this.abort('first-byte'), Math.min(limits.firstByteMs, limits.totalMs));
    this.outer = outer;
    if (outer?.aborted) this.cancel();
    else outer?.addEventListener('abort', this.cancel);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  headersCame(): void {
    clearTimeout(this.firstByte);
  }

  stop(): void {
    clearTimeout(this.firstByte);
    clearTimeout(this.total);
    this.outer?.removeEventListener('abort', this.cancel);
  }

  private abort(phase: 'first-byte' | 'total' | 'cancelled'): void {
    this.phase = phase;
    this.controller.abort();
  }
}

async function discard(response: Dispatcher.ResponseData): Promise<{ body: Buffer }> {
  response.body.on('error', () => {}).destroy();
  return { body: Buffer.alloc(0) };
}

/** Headers come as Latin-1; what is UTF-8 in truth becomes text, so that the archive gets the bytes that were sent. */
function pairs(raw: readonly string[]): [string, string][] {
  const text = (value: unknown): string => {
    const latin = String(value);
    const bytes = Buffer.from(latin, 'latin1');
    return isUtf8(bytes) ? bytes.toString('utf8') : latin;
  };
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) found.push([text(raw[i]), text(raw[i + 1])]);
  return found;
}

function pathAndQuery(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function describeFailure(error: unknown, phase: PhaseTimer['phase']): FetchFailure {
  const { name, code = '', message } = error as NodeJS.ErrnoException;
  const detail = code === '' || message.includes(code) ? message : `${code}: ${message}`;
  if (phase === 'cancelled') return { fault: 'cancelled', detail: 'stopped' };
  if (phase !== 'none') return { fault: 'first-byte-timeout', detail: 'no answer within the time allowed' };
  const known: readonly [RegExp, FetchFault][] = [
    [new RegExp(`^${privateAddressCode}$`), 'private-address'],
    [/^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/, 'dns'],
    [/^UND_ERR_CONNECT_TIMEOUT$|^ETIMEDOUT$/, 'connect-timeout'],
    [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'connect'],
    [/^UND_ERR_HEADERS_OVERFLOW$/, 'header-too-large'],
    [/^HPE_|^UND_ERR_(RES|INVALID)/, 'invalid-response'],
    [/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/, 'tls'],
  ];
  const fault = known.find(([pattern]) => pattern.test(code))?.[1];
  return { fault: fault ?? (name === 'HTTPParserError' ? 'invalid-response' : 'reset'), detail };
}

/** Faults that may pass when the same is tried again. */
export function mayPass(fault: FetchFault): boolean {
  return ['connect', 'connect-timeout', 'first-byte-timeout', 'reset', 'dns'].includes(fault);
}

/** When a server wants to be asked again, in milliseconds from now (RFC 9110 §10.2.3: seconds or a date). */
export function retryAfterMs(headers: Fields, now: Date): number | undefined {
  const value = fieldNamed(headers, 'retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
