/** The HTTP application: routes, authentication, limits, errors. It listens to nothing: `server.ts` does. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono, type Next } from 'hono';
import { cors } from 'hono/cors';
import { AthanorError, type Reporter, silent } from '../core/index.ts';
import type { TextModel } from '../infer/index.ts';
import type { ServeContext } from './context.ts';
import { apiError, errorResponse, toApiError } from './errors.ts';
import { createMetrics } from './metrics.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { completions } from './routes/completions.ts';
import { healthz } from './routes/healthz.ts';
import { metrics } from './routes/metrics.ts';
import { getModel, listModels } from './routes/models.ts';
import { page } from './routes/page.ts';

export interface AppOptions {
  readonly model: TextModel;
  /** The model's id in the API. */
  readonly modelName: string;
  /** Asked of every request under /v1; none by default. */
  readonly apiKey?: string;
  /** Bytes of a request's body; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Most tokens that one request may ask for; default the context length. */
  readonly maxTokens?: number;
  /** Origins that browsers may call from (`*` for all); none by default. */
  readonly corsOrigins?: readonly string[];
  readonly report?: Reporter;
}

export interface App {
  readonly fetch: Hono['fetch'];
  readonly request: Hono['request'];
  readonly context: ServeContext;
}

export function createApp(options: AppOptions): App {
  const { model, modelName, apiKey, corsOrigins = [], report = silent } = options;
  const context: ServeContext = {
    model,
    modelName,
    created: Math.floor(Date.now() / 1000),
    limits: {
      bodyBytes: options.maxBodyBytes ?? 1 << 20,
      maxTokens: options.maxTokens ?? model.engine.runner.maxLength,
    },
    metrics: createMetrics(model.engine, modelName),
    report,
    active: new Set(),
    draining: false,
  };
  const app = new Hono();
  app.use(countAnswers(context));
  if (corsOrigins.length > 0) app.use('/v1/*', cors({ origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] }));
  if (apiKey !== undefined) app.use('/v1/*', requireKey(apiKey));
  app.get('/', page());
  app.get('/healthz', healthz(context));
  app.get('/metrics', metrics(context));
  app.get('/v1/models', listModels(context));
  app.get('/v1/models/:id{.+}', getModel(context)); // ids may hold a slash
  app.post('/v1/chat/completions', chatCompletions(context));
  app.post('/v1/completions', completions(context));
  for (const path of ['/v1/chat/completions', '/v1/completions']) app.all(path, onlyPost);
  app.notFound((c) =>
    errorResponse(apiError(404, `no such route: ${c.req.method} ${c.req.path}`, { code: 'not_found' })),
  );
  app.onError((error) => {
    const answer = toApiError(error);
    if (answer.status >= 500 && answer.status !== 503)
      report({ type: 'message', level: 'warn', text: describe(error) });
    return errorResponse(answer);
  });
  return { fetch: app.fetch, request: app.request, context };
}

/** The whole story for the operator's log; the client gets less. */
function describe(error: Error): string {
  return error instanceof AthanorError ? `${error.code}: ${error.message}` : (error.stack ?? error.message);
}

function onlyPost(c: Context): Response {
  const response = errorResponse(
    apiError(405, `${c.req.method} is not allowed here: use POST`, { code: 'method_not_allowed' }),
  );
  response.headers.set('allow', 'POST');
  return response;
}

/** Compares digests of equal length, so that the time taken tells nothing about the key. */
function requireKey(apiKey: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(apiKey);
  return async function checkKey(c: Context, next: Next): Promise<Response | undefined> {
    const given = /^Bearer\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(given), expected)) {
      await next();
      return undefined;
    }
    const message = given === '' ? 'an API key is needed: Authorization: Bearer <key>' : 'the API key is wrong';
    const response = errorResponse(apiError(401, message, { type: 'authentication_error', code: 'invalid_api_key' }));
    response.headers.set('www-authenticate', 'Bearer');
    return response;
  };
}

const countedRoutes = ['/', '/healthz', '/metrics', '/v1/models', '/v1/chat/completions', '/v1/completions'];

/** Counts answers by known route, so that a scanner's paths do not become labels. */
function countAnswers(context: ServeContext) {
  return async function count(c: Context, next: Next): Promise<void> {
    await next();
    context.metrics.answered(countedRoutes.includes(c.req.path) ? c.req.path : 'other', c.res.status);
  };
}
