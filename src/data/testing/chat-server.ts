/** For tests: an OpenAI-compatible server on 127.0.0.1 whose answers a function gives. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [field: string]: unknown;
}

export interface ChatReply {
  readonly status?: number;
  readonly content?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** Cuts the connection without an answer. */
  readonly hangUp?: boolean;
}

export interface ChatServer {
  readonly baseUrl: string;
  readonly requests: ChatRequest[];
  readonly authorizations: (string | undefined)[];
  readonly urls: (string | undefined)[];
  /** The most requests that were under way at once. */
  busiest: number;
  close(): Promise<void>;
}

export async function startChatServer(
  reply: (request: ChatRequest, n: number) => string | ChatReply,
): Promise<ChatServer> {
  let running = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const asked = JSON.parse(text) as ChatRequest;
    state.authorizations.push(request.headers.authorization);
    state.urls.push(request.url);
    state.requests.push(asked);
    state.busiest = Math.max(state.busiest, ++running);
    const given = reply(asked, state.requests.length);
    const answer = typeof given === 'string' ? { content: given } : given;
    if (answer.delayMs) await new Promise((done) => setTimeout(done, answer.delayMs));
    running--;
    if (answer.hangUp) return void request.socket.destroy();
    const choice = { index: 0, message: { role: 'assistant', content: answer.content ?? '' }, finish_reason: 'stop' };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body ?? JSON.stringify({ object: 'chat.completion', choices: [choice] }));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const state: ChatServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    authorizations: [],
    urls: [],
    busiest: 0,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return state;
}
