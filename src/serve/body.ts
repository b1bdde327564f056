/** Reads a request's JSON body, bounded in size before it is parsed. */
import type { z } from 'zod';
import { type AthanorError, parse } from '../core/index.ts';
import { refusal } from './errors.ts';

/**
 * @param limit bytes
 * @throws AthanorError: 415 for another content type, 413 when the body is larger, 400 when it is not JSON in UTF-8 or a field is wrong (named)
 */
export async function readBody<Output>(request: Request, schema: z.ZodType<Output>, limit: number): Promise<Output> {
  // Any web page may post text/plain to a local server without asking first; JSON it may not.
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type))
    throw refusal(415, `the content type must be application/json, not ${type === '' ? 'absent' : `'${type}'`}`, {
      code: 'unsupported_media_type',
    });
  const text = await readText(request, limit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal(400, `the request body is not valid JSON: ${(error as Error).message}`, { code: 'invalid_json' });
  }
  return parse(schema, value, 'request');
}

async function readText(request: Request, limit: number): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limit) throw tooLarge(limit);
  if (!request.body) return '';
  const reader = request.body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw refusal(400, 'the request body is not valid UTF-8', { code: 'invalid_json' });
    }
  };
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decode();
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    text += decode(value);
  }
}

function tooLarge(limit: number): AthanorError {
  return refusal(413, `the request body is larger than ${limit} bytes`, { code: 'request_too_large' });
}
