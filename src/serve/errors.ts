/** Our errors as HTTP answers with OpenAI's error object. Nothing internal leaves the server. */
import { AthanorError, type ErrorCode, formatPath } from '../core/index.ts';

/** OpenAI's error object. */
export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export type ErrorStatus = 400 | 401 | 404 | 405 | 413 | 415 | 429 | 499 | 500 | 503;

export interface ApiError {
  readonly status: ErrorStatus;
  readonly body: ApiErrorBody;
  /** Seconds, for 429 and 503. */
  readonly retryAfter?: number;
}

interface ErrorParts {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly retryAfter?: number;
}

export function apiError(status: ErrorStatus, message: string, parts: ErrorParts = {}): ApiError {
  const { type = 'invalid_request_error', param = null, code = null, retryAfter } = parts;
  return { status, body: { error: { message, type, param, code } }, retryAfter };
}

/** An error whose answer is decided where it is thrown. */
export function refusal(status: ErrorStatus, message: string, parts: ErrorParts = {}): AthanorError {
  return new AthanorError('bad-input', message, { values: { answer: apiError(status, message, parts) } });
}

/** Every code has an answer: a new one does not compile until it is here. */
const answers: Readonly<Record<ErrorCode, { status: ErrorStatus; type: string; code: string | null }>> = {
  'bad-input': { status: 400, type: 'invalid_request_error', code: null },
  'bad-file': { status: 500, type: 'server_error', code: null },
  'not-found': { status: 404, type: 'invalid_request_error', code: 'not_found' },
  shape: { status: 500, type: 'server_error', code: null },
  unsupported: { status: 400, type: 'invalid_request_error', code: 'unsupported' },
  locked: { status: 503, type: 'server_error', code: null },
  io: { status: 500, type: 'server_error', code: null },
  engine: { status: 500, type: 'server_error', code: 'engine_error' },
  overloaded: { status: 429, type: 'rate_limit_error', code: 'overloaded' },
  cancelled: { status: 499, type: 'invalid_request_error', code: 'cancelled' },
  internal: { status: 500, type: 'server_error', code: null },
};

/** The HTTP answer for anything thrown while a request was handled. */
export function toApiError(error: unknown): ApiError {
  if (!(error instanceof AthanorError)) return apiError(500, 'internal error', { type: 'server_error' });
  const { status, type, code } = answers[error.code];
  const { values } = error;
  if (values.answer) return values.answer as ApiError;
  if (values.reason === 'context-length') return apiError(400, error.message, { code: 'context_length_exceeded' });
  if (values.closed)
    return apiError(503, error.message, { type: 'server_error', code: 'shutting_down', retryAfter: 5 });
  if (status === 500) return apiError(500, error.code === 'engine' ? error.message : 'internal error', { type, code });
  const param = Array.isArray(values.path) ? formatPath(values.path) || null : null;
  const message = error.hint ? `${error.message}. ${error.hint}` : error.message;
  return apiError(status, message, { type, param, code, retryAfter: status === 429 ? 1 : undefined });
}

export function errorResponse({ status, body, retryAfter }: ApiError): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return new Response(JSON.stringify(body), { status, headers });
}
