/** How a recipe names an OpenAI-compatible endpoint: shared by every step and command that asks a model. */
import { z } from 'zod';

export const endpointSchema = z.strictObject({
  base_url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:8080/v1' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/i.test(url), {
      error: 'expected a URL without user and password, which would stand in the manifest: use `api_key_env`',
    })
    .describe('Where the API begins, e.g. `http://127.0.0.1:8080/v1`; `/chat/completions` is added'),
  model: z.string().min(1).describe('Name of the model, as the server knows it'),
  api_key_env: z
    .string()
    .default('OPENAI_API_KEY')
    .describe('Environment variable that holds the key; without it no key is sent. The key itself is never written'),
  temperature: z.number().min(0).max(2).default(0).describe('Sampling temperature'),
  top_p: z.number().gt(0).max(1).optional().describe('Nucleus sampling; default: the server’s'),
  max_tokens: z.int().positive().default(1024).describe('Longest answer, in tokens'),
  concurrency: z.int().min(1).max(256).default(4).describe('Requests under way at once'),
  retries: z
    .int()
    .min(0)
    .max(20)
    .default(4)
    .describe('How often a request is tried again after 408, 409, 429, 5xx or a lost connection'),
  timeout_seconds: z.number().positive().default(120).describe('Longest time for one answer, in seconds'),
  cache: z
    .string()
    .optional()
    .describe(
      'JSONL file of answers, relative to the recipe: requests found there are not sent, so reruns give the same bytes',
    ),
  offline: z.boolean().default(false).describe('Send nothing: a request that is not in the cache is an error'),
});

export type Endpoint = z.output<typeof endpointSchema>;
export type EndpointInput = z.input<typeof endpointSchema>;
