/** GPT-2's config.json: the keys of Hugging Face's `GPT2Config`, and what they mean together. */
import { z } from 'zod';
import { requireField } from '../define-model.ts';
import { activationNames } from '../layers/activation.ts';

const count = z.number().int().positive();
const rate = z.number().min(0).lt(1);

export const config = z.strictObject({
  vocab_size: count.describe('Entries of the vocabulary; a recipe takes it from the tokenizer.'),
  n_embd: count.default(256).describe('Width of the residual stream.'),
  n_layer: count.default(4).describe('Transformer blocks.'),
  n_head: count.default(4).describe('Attention heads.'),
  n_inner: count.nullish().describe('Width inside the feed-forward block; default 4 · n_embd.'),
  n_positions: count.default(512).describe('Longest sequence in tokens.'),
  activation_function: z.enum(activationNames).default('gelu_new').describe('Activation of the feed-forward block.'),
  layer_norm_epsilon: z.number().positive().default(1e-5).describe('Added to the variance before the root.'),
  initializer_range: z.number().positive().default(0.02).describe('Standard deviation of initial weights.'),
  tie_word_embeddings: z.boolean().default(true).describe('The output head is the embedding table.'),
  bias: z
    .boolean()
    .default(true)
    .describe(
      "Biases in linear layers and norms. Not Hugging Face's: false is nanoGPT's setting; there they load as zeros.",
    ),
  resid_pdrop: rate.default(0).describe('Dropout on the outputs of both blocks while training.'),
  embd_pdrop: rate.default(0).describe('Dropout on the embeddings while training.'),
  attn_pdrop: rate.default(0).describe('Dropout on attention weights while training.'),
});

type Fields = z.output<typeof config>;
export type Gpt2Config = Omit<Fields, 'n_inner'> & { readonly n_inner: number };

/** Fills in what follows from other keys. @throws AthanorError('bad-input') for keys that do not fit together */
export function complete(fields: Fields): Gpt2Config {
  requireField(
    fields.n_embd % fields.n_head === 0,
    'n_embd',
    `${fields.n_embd} is not divisible by n_head ${fields.n_head}`,
    'Change one of them.',
  );
  return { ...fields, n_inner: fields.n_inner ?? 4 * fields.n_embd };
}
