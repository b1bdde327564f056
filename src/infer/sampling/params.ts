/** The sampling parameters of one request: names and ranges of OpenAI's API, with vLLM's names for what it lacks. */
import { z } from 'zod';

export const samplingSchema = z.strictObject({
  temperature: z.number().min(0).max(2).default(1).describe('0 is greedy; lower is more certain'),
  top_k: z.int().min(0).default(0).describe('keep the k most likely tokens; 0 keeps all'),
  top_p: z.number().min(0).max(1).default(1).describe('keep the smallest set of tokens with at least this probability'),
  min_p: z.number().min(0).max(1).default(0).describe('drop tokens less likely than this share of the most likely one'),
  repetition_penalty: z
    .number()
    .positive()
    .max(10)
    .default(1)
    .describe('> 1 discourages tokens of the prompt and the answer'),
  presence_penalty: z.number().min(-2).max(2).default(0).describe('subtracted once from tokens already generated'),
  frequency_penalty: z.number().min(-2).max(2).default(0).describe('subtracted for each time a token was generated'),
  logit_bias: z
    .record(z.string().regex(/^\d+$/, 'must be a token id'), z.number().min(-100).max(100))
    .default({})
    .describe('token id → number added to its score'),
  seed: z.int().optional().describe('same seed, same tokens; random when absent'),
  logprobs: z.int().min(0).max(20).optional().describe('report log-probabilities, with this many alternatives'),
});

/** All parameters, defaults filled in. */
export type SamplingParams = z.output<typeof samplingSchema>;
/** What a caller may give: everything is optional. */
export type SamplingInput = z.input<typeof samplingSchema>;
