/** For tests: a web server of this process whose pages are written in the test, and which remembers how it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Visit {
  readonly path: string;
  /** Milliseconds. */
  readonly at: number;
  readonly headers: IncomingMessage['headers'];
}

/** HTML, or whatever a function does with the request. */
export type Route = string | ((request: IncomingMessage, response: ServerResponse, visit: number) => void);

export class Site {
  readonly visits: Visit[] = [];
  /** Requests under way now, and at most. */
  active = 0;
  maxActive = 0;
  private readonly server: Server;
  private readonly routes: Map<string, Route>;

  private constructor(server: Server, routes: Map<string, Route>) {
    this.server = server;
    this.routes = routes;
    server.on('request', (request, response) => this.answer(request, response));
  }

  /** @param routes by path with query; `*` answers what no other does. Without `/robots.txt` there is none */
  static async start(routes: Readonly<Record<string, Route>>): Promise<Site> {
    const server = createServer({ keepAliveTimeout: 1000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Site(server, new Map(Object.entries(routes)));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:<port>` */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param host another name of this machine, e.g. `localhost` */
  url(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  set(path: string, route: Route): void {
    this.routes.set(path, route);
  }

  /** Paths in the order they were asked for, without robots.txt. */
  get paths(): string[] {
    return this.visits.map(({ path }) => path).filter((path) => path !== '/robots.txt');
  }

  /** Milliseconds between requests that followed one another. */
  get gaps(): number[] {
    return this.visits.slice(1).map(({ at }, i) => at - this.visits[i]!.at);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!;
    this.visits.push({ path, at: performance.now(), headers: request.headers });
    this.active++;
    this.maxActive = Math.max(this.maxActive, this.active);
    response.on('close', () => this.active--);
    response.on('error', () => {});
    const route = this.routes.get(path) ?? (path === '/robots.txt' ? undefined : this.routes.get('*'));
    if (typeof route === 'function')
      route(request, response, this.visits.filter((visit) => visit.path === path).length);
    else if (route !== undefined) html(response, route);
    else {
      response.writeHead(404, { 'content-type': 'text/html' });
      response.end('<h1>not found</h1>');
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function html(response: ServerResponse, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
  response.end(body);
}

/** A page of links. */
export const linksTo = (...links: readonly string[]): string =>
  `<!doctype html><title>${links.length}</title>${links.map((link) => `<p><a href="${link}">${link}</a>`).join('\n')}`;
