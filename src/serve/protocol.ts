/**
 * OpenAI's requests as zod schemas: the fields that we honour, with OpenAI's ranges. Unknown fields are ignored, as
 * compatible servers do; known ones that this server cannot honour are refused instead of being silently dropped.
 */
import { z } from 'zod';
import type { SamplingInput, TextRequest } from '../infer/index.ts';

/** Clients send null for "not set". */
const optional = <Type>(schema: z.ZodType<Type>) => schema.nullish().transform((value) => value ?? undefined);

const stopSchema = z.union([
  z.string().max(256),
  z.array(z.string().max(256)).max(4, 'at most 4 stop strings are allowed'),
]);

const shared = {
  model: optional(z.string()),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.int().min(-1)),
  min_p: optional(z.number().min(0).max(1)),
  repetition_penalty: optional(z.number().positive().max(10)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  logit_bias: optional(z.record(z.string().regex(/^\d+$/, 'must be a token id'), z.number().min(-100).max(100))),
  seed: optional(z.int()),
  n: optional(z.int().min(1).max(16)),
  stop: optional(stopSchema),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: optional(z.boolean()) })),
  max_tokens: optional(z.int().min(1)),
  user: optional(z.string()),
  // Known to OpenAI's clients and not here: silence would give wrong results.
  response_format: optional(z.object({ type: z.literal('text', "only 'text' is supported") })),
};

const partSchema = z.object({
  type: z.literal('text', 'only text parts are supported'),
  text: z.string(),
});
const contentSchema = z.union([z.string(), z.array(partSchema)], 'expected a string or a list of text parts');

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: contentSchema.nullish(),
});

export const chatRequestSchema = z.object({
  ...shared,
  messages: z.array(messageSchema).min(1, 'at least one message is needed'),
  max_completion_tokens: optional(z.int().min(1)),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  tools: optional(z.array(z.unknown()).max(0, 'tools are not supported')),
});
export type ChatRequest = z.output<typeof chatRequestSchema>;

export const completionRequestSchema = z.object({
  ...shared,
  prompt: z.union(
    [
      z.string(),
      z.array(z.int().min(0)).min(1),
      z.array(z.string()).min(1).max(16),
      z
        .array(z.array(z.int().min(0)).min(1))
        .min(1)
        .max(16),
    ],
    'expected a string, a list of strings, a list of token ids, or a list of such lists',
  ),
  logprobs: optional(z.int().min(0).max(20)),
  echo: optional(z.literal(false, 'echo is not supported')),
  suffix: optional(z.literal('', 'suffix is not supported')),
});
export type CompletionRequest = z.output<typeof completionRequestSchema>;

/** Messages as the chat template takes them: text parts joined; a developer is what a system once was. */
export function toMessages(request: ChatRequest): { role: string; content: string }[] {
  return request.messages.map(({ role, content }) => ({
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join(''),
  }));
}

type Shared = Pick<ChatRequest, Exclude<keyof typeof shared, 'max_tokens'>>;

/** The sampling parameters of the choice with this index: each choice of a seeded request has a seed of its own. */
export function toSampling(request: Shared, choice: number, logprobs: number | undefined): SamplingInput {
  const { temperature, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, logit_bias, seed } =
    request;
  return {
    temperature,
    top_p,
    top_k: request.top_k === undefined ? undefined : Math.max(0, request.top_k), // -1 is vLLM's "all"
    min_p,
    repetition_penalty,
    presence_penalty,
    frequency_penalty,
    logit_bias,
    seed: seed === undefined ? undefined : seed + choice,
    logprobs,
  };
}

export function toStops(stop: Shared['stop']): TextRequest['stop'] {
  return typeof stop === 'string' ? [stop] : stop;
}
