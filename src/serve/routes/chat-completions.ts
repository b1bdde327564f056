/** POST /v1/chat/completions */
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { encodePrompt, type TextToken, type Usage } from '../../infer/index.ts';
import { readBody } from '../body.ts';
import { type Choices, checkRequest, collectChoices, startChoices } from '../choices.ts';
import type { ServeContext } from '../context.ts';
import { chatRequestSchema, toMessages, toSampling, toStops } from '../protocol.ts';
import { sseResponse } from '../sse.ts';

export function chatCompletions(context: ServeContext) {
  return async function handleChat(c: Context): Promise<Response> {
    const request = await readBody(c.req.raw, chatRequestSchema, context.limits.bodyBytes);
    const maxTokens = request.max_completion_tokens ?? request.max_tokens;
    checkRequest(
      context,
      request,
      maxTokens,
      request.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens',
    );
    const logprobs = request.logprobs ? (request.top_logprobs ?? 0) : undefined;
    const prompt = encodePrompt(context.model, toMessages(request));
    const requests = Array.from({ length: request.n ?? 1 }, (_, choice) => ({
      prompt,
      ...(maxTokens === undefined ? {} : { maxTokens }),
      sampling: toSampling(request, choice, logprobs),
      stop: toStops(request.stop),
    }));
    const choices = startChoices(context, requests, c.req.raw.signal);
    const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: context.modelName };
    if (request.stream)
      return sseResponse(
        chunks(choices, head, logprobs !== undefined, request.stream_options?.include_usage === true),
        choices.release,
      );
    try {
      return c.json(await whole(choices, head, logprobs !== undefined));
    } finally {
      choices.release();
    }
  };
}

interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

async function whole(choices: Choices, head: Head, logprobs: boolean) {
  const answers = await collectChoices(choices);
  return {
    ...head,
    object: 'chat.completion',
    choices: answers.map(({ generation, text, tokens }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: logprobs ? formatLogprobs(tokens) : null,
      finish_reason: generation.finishReason,
    })),
    usage: formatUsage(choices),
  };
}

async function* chunks(choices: Choices, head: Head, logprobs: boolean, includeUsage: boolean) {
  const chunk = (list: readonly unknown[], usage: unknown = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: list,
    ...(includeUsage ? { usage } : {}),
  });
  for (const index of choices.generations.keys())
    yield chunk([{ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }]);
  for await (const { index, piece, ended } of choices.pieces())
    yield chunk([
      {
        index,
        delta: ended ? {} : { content: piece.text },
        logprobs: logprobs && !ended ? formatLogprobs(piece.tokens) : null,
        finish_reason: ended ? choices.generations[index]!.finishReason : null,
      },
    ]);
  if (includeUsage) yield chunk([], formatUsage(choices));
}

function formatLogprobs(tokens: readonly TextToken[]) {
  return { content: tokens.map(formatToken), refusal: null };
}

function formatToken(token: TextToken) {
  const top = token.topLogprobs ?? [];
  return {
    token: token.text,
    logprob: token.logprob,
    bytes: bytesOf(token.text),
    top_logprobs: top.map(({ text, logprob }) => ({ token: text, logprob, bytes: bytesOf(text) })),
  };
}

/** Null for a part of a character: its text does not say which bytes it is. */
function bytesOf(text: string): number[] | null {
  return text.includes('\ufffd') ? null : [...new TextEncoder().encode(text)];
}

/** The prompt is counted once, whatever the number of choices. */
export function formatUsage(choices: Choices, prompts = 1) {
  const usages: Usage[] = choices.generations.map((generation) => generation.usage);
  const each = usages.length / prompts;
  const prompt = usages.reduce((sum, usage, index) => (index % each === 0 ? sum + usage.promptTokens : sum), 0);
  const completion = usages.reduce((sum, usage) => sum + usage.completionTokens, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
