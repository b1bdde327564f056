/** GET /healthz: 200 while requests are taken, 503 while the server shuts down. */
import type { Context } from 'hono';
import type { ServeContext } from '../context.ts';

export function healthz(context: ServeContext) {
  return (c: Context): Response => {
    const { running, queued, slots } = context.model.engine.stats();
    const status = context.draining ? 'draining' : 'ok';
    return c.json({ status, model: context.modelName, running, queued, slots }, context.draining ? 503 : 200);
  };
}
