/** GET /metrics: Prometheus text. */
import type { Context } from 'hono';
import type { ServeContext } from '../context.ts';

export function metrics({ metrics: { registry } }: ServeContext) {
  return async (c: Context): Promise<Response> =>
    c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
}
