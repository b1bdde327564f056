/** POST /v1/completions: plain continuation of text or token ids. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { encodePrompt, type TextToken } from '../../infer/index.ts';
import { readBody } from '../body.ts';
import { type Choices, checkRequest, collectChoices, startChoices } from '../choices.ts';
import type { ServeContext } from '../context.ts';
import { type CompletionRequest, completionRequestSchema, toSampling, toStops } from '../protocol.ts';
import { sseResponse } from '../sse.ts';
import { formatUsage } from './chat-completions.ts';

/** OpenAI's default for this endpoint. */
const DEFAULT_MAX_TOKENS = 16;

export function completions(context: ServeContext) {
  return async function handleCompletion(c: Context): Promise<Response> {
    const request = await readBody(c.req.raw, completionRequestSchema, context.limits.bodyBytes);
    checkRequest(context, request, request.max_tokens, 'max_tokens');
    const prompts = promptsOf(request.prompt).map((prompt) => encodePrompt(context.model, prompt));
    const requests = prompts.flatMap((prompt) =>
      Array.from({ length: request.n ?? 1 }, (_, choice) => ({
        prompt,
        maxTokens: request.max_tokens ?? Math.min(DEFAULT_MAX_TOKENS, context.limits.maxTokens),
        sampling: toSampling(request, choice, request.logprobs),
        stop: toStops(request.stop),
      })),
    );
    const choices = startChoices(context, requests, c.req.raw.signal);
    const head = {
      id: `cmpl-${randomUUID()}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: context.modelName,
    };
    const logprobs = request.logprobs !== undefined;
    if (request.stream)
      return sseResponse(
        chunks(choices, head, logprobs, prompts.length, request.stream_options?.include_usage === true),
        choices.release,
      );
    try {
      return c.json(await whole(choices, head, logprobs, prompts.length));
    } finally {
      choices.release();
    }
  };
}

function promptsOf(prompt: CompletionRequest['prompt']): (string | number[])[] {
  if (typeof prompt === 'string') return [prompt];
  if (prompt.every((item) => typeof item === 'number')) return [prompt];
  return prompt as string[] | number[][];
}

async function whole(choices: Choices, head: object, logprobs: boolean, prompts: number) {
  const answers = await collectChoices(choices);
  return {
    ...head,
    choices: answers.map(({ generation, text, tokens }, index) => ({
      index,
      text,
      logprobs: logprobs ? formatLogprobs(tokens) : null,
      finish_reason: generation.finishReason,
    })),
    usage: formatUsage(choices, prompts),
  };
}

async function* chunks(choices: Choices, head: object, logprobs: boolean, prompts: number, includeUsage: boolean) {
  const chunk = (list: readonly unknown[], usage: unknown = null) => ({
    ...head,
    choices: list,
    ...(includeUsage ? { usage } : {}),
  });
  for await (const { index, piece, ended } of choices.pieces())
    yield chunk([
      {
        index,
        text: piece.text,
        logprobs: logprobs && !ended ? formatLogprobs(piece.tokens) : null,
        finish_reason: ended ? choices.generations[index]!.finishReason : null,
      },
    ]);
  if (includeUsage) yield chunk([], formatUsage(choices, prompts));
}

/** The older, columnar form. */
function formatLogprobs(tokens: readonly TextToken[]) {
  return {
    tokens: tokens.map((token) => token.text),
    token_logprobs: tokens.map((token) => token.logprob),
    top_logprobs: tokens.map((token) =>
      Object.fromEntries((token.topLogprobs ?? []).map((top) => [top.text, top.logprob])),
    ),
    text_offset: tokens.map((token) => token.offset),
  };
}
