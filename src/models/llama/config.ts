/** Llama's config.json: the keys of Hugging Face's `LlamaConfig`, and what they mean together. */
import { z } from 'zod';
import { requireField } from '../define-model.ts';
import { activationNames } from '../layers/activation.ts';
import { ropeScalingSchema } from '../layers/rope-tables.ts';

const count = z.number().int().positive();
const rate = z.number().min(0).lt(1);

export const config = z.strictObject({
  vocab_size: count.describe('Entries of the vocabulary; a recipe takes it from the tokenizer.'),
  hidden_size: count.default(256).describe('Width of the residual stream.'),
  intermediate_size: count
    .optional()
    .describe('Width inside the feed-forward block; default 8/3 · hidden_size, rounded up to 32.'),
  num_hidden_layers: count.default(4).describe('Transformer blocks.'),
  num_attention_heads: count.optional().describe('Query heads; default: hidden_size / 64, at least 1.'),
  num_key_value_heads: count
    .optional()
    .describe('Key and value heads, shared by groups of query heads; default: as many as query heads.'),
  head_dim: count.optional().describe('Width of a head; default hidden_size / num_attention_heads.'),
  max_position_embeddings: count.default(512).describe('Longest sequence in tokens.'),
  rms_norm_eps: z.number().positive().default(1e-5).describe('Added to the mean square before the root.'),
  rope_theta: z.number().positive().default(10_000).describe('Base of the rotary frequencies.'),
  rope_scaling: ropeScalingSchema.nullish().describe('Context extension of the rotary frequencies.'),
  tie_word_embeddings: z.boolean().default(true).describe('The output head is the embedding table.'),
  initializer_range: z.number().positive().default(0.02).describe('Standard deviation of initial weights.'),
  attention_bias: z.boolean().default(false).describe('Biases on the attention projections.'),
  mlp_bias: z.boolean().default(false).describe('Biases in the feed-forward block.'),
  hidden_act: z.enum(activationNames).default('silu').describe('Activation of the gate.'),
  attention_dropout: rate.default(0).describe('Dropout on attention weights while training.'),
});

type Fields = z.output<typeof config>;
type Derived = 'intermediate_size' | 'num_attention_heads' | 'num_key_value_heads' | 'head_dim';
export type LlamaConfig = Omit<Fields, Derived> & Readonly<Record<Derived, number>>;

/** Fills in what follows from other keys. @throws AthanorError('bad-input') for keys that do not fit together */
export function complete(fields: Fields): LlamaConfig {
  const heads = fields.num_attention_heads ?? defaultHeads(fields.hidden_size);
  const kvHeads = fields.num_key_value_heads ?? heads;
  requireField(
    fields.head_dim !== undefined || fields.hidden_size % heads === 0,
    'hidden_size',
    `${fields.hidden_size} is not divisible by num_attention_heads ${heads}`,
    'Change one of them, or set head_dim.',
  );
  requireField(
    heads % kvHeads === 0,
    'num_key_value_heads',
    `${kvHeads} does not divide num_attention_heads ${heads}`,
    'Each key/value head serves the same number of query heads.',
  );
  const headDim = fields.head_dim ?? fields.hidden_size / heads;
  requireField(headDim % 2 === 0, 'head_dim', `${headDim} is odd; rotary positions need pairs`);
  return {
    ...fields,
    intermediate_size: fields.intermediate_size ?? Math.ceil((fields.hidden_size * 8) / 3 / 32) * 32,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
  };
}

/** The number of heads nearest to a width of 64 each that divides the width evenly. */
function defaultHeads(hiddenSize: number): number {
  const wanted = Math.max(1, Math.round(hiddenSize / 64));
  for (let heads = wanted; heads > 1; heads--) if (hiddenSize % (2 * heads) === 0) return heads;
  return 1;
}
