/** Listening, and stopping without cutting anyone off. */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { AthanorError } from '../core/index.ts';
import { type AppOptions, createApp } from './app.ts';

export interface ServerOptions extends AppOptions {
  /** Default 127.0.0.1: only this machine. */
  readonly host?: string;
  /** Default 8080; 0 takes a free one. */
  readonly port?: number;
  /** How long `close` lets running requests finish, in milliseconds; default 10,000. */
  readonly drainMs?: number;
}

export interface RunningServer {
  /** Such as http://127.0.0.1:8080 */
  readonly url: string;
  /** Refuses new requests (503), waits for the running ones up to `drainMs`, cancels the rest. The engine stays. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/**
 * Starts an OpenAI-compatible server for one model.
 * @throws AthanorError('io') when the port is taken or may not be used; 'bad-input' for a number that is no port
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8080, drainMs = 10_000 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new AthanorError('bad-input', `the port must be 0 to 65535, not ${port}`, {
      hint: 'Choose another --port; 0 takes any free one.',
    });
  const app = createApp(options);
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  let closing: Promise<void> | undefined;
  const close = async (limit: number) => {
    const { context } = app;
    context.draining = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const deadline = performance.now() + limit;
    while (context.active.size > 0 && performance.now() < deadline) await delay(10);
    for (const controller of [...context.active]) controller.abort();
    const grace = performance.now() + 1000; // answers that were just cut short still go out
    while (context.active.size > 0 && performance.now() < grace) await delay(10);
    if ('closeIdleConnections' in server) server.closeIdleConnections();
    await Promise.race([closed, delay(200)]);
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://${shown}:${address.port}`,
    close: ({ drainMs: limit = drainMs } = {}) => {
      closing ??= close(limit);
      return closing;
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AthanorError {
  const why: Record<string, [string, string]> = {
    EADDRINUSE: ['the port is in use', 'Choose another --port, or stop the program that uses it.'],
    EACCES: ['permission denied', 'Ports below 1024 need rights: choose another --port.'],
    EADDRNOTAVAIL: ['this machine has no such address', 'Choose another --host, such as 127.0.0.1 or 0.0.0.0.'],
    ENOTFOUND: ['unknown host name', 'Choose another --host, such as 127.0.0.1.'],
  };
  const [what, hint] = why[error.code ?? ''] ?? [error.message, undefined];
  return new AthanorError('io', `cannot listen on ${host}:${port}: ${what}`, { hint, cause: error });
}
