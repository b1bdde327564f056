/**
 * The Llama forward pass: x += attention(norm(x)); x += swiglu(norm(x)); a final norm.
 *
 * Shape letters: N tokens (B·T), D hidden_size, Q heads·head_dim, K kv_heads·head_dim, F intermediate_size, V vocabulary.
 */
import { add, matmul, type Tensor, withScope } from '../../graph/index.ts';
import type { ModelContext } from '../context.ts';
import { embedding, embeddingTable } from '../layers/embedding.ts';
import { rmsNorm } from '../layers/rms-norm.ts';
import { type RopeTables, ropeTables } from '../layers/rope-tables.ts';
import { swiglu } from '../layers/swiglu.ts';
import type { LlamaConfig } from './config.ts';

/** Hidden states after the final norm, [N, D]. */
export function forward(context: ModelContext, config: LlamaConfig): Tensor {
  const rope = ropeTables(context.maxLength, config.head_dim, config.rope_theta, config.rope_scaling);
  let x_ND = context.dropout(embedding(context, context.tokens_N, 'model.embed_tokens', tableOptions(config)), 0);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    x_ND = context.layer(`layers.${layer}`, x_ND, (x) => block(context, config, x, layer, rope));
  }
  return rmsNorm(context, x_ND, 'model.norm', config.hidden_size, config.rms_norm_eps);
}

/** Logits [R, V] of hidden states [R, D]. */
export function logits(context: ModelContext, config: LlamaConfig, hidden_RD: Tensor): Tensor {
  if (config.tie_word_embeddings) {
    return matmul(hidden_RD, embeddingTable(context, 'model.embed_tokens', tableOptions(config)), { transposeB: true });
  }
  const init = { kind: 'normal', std: config.initializer_range } as const;
  return context.linear(hidden_RD, 'lm_head', { in: config.hidden_size, out: config.vocab_size, init });
}

function tableOptions(config: LlamaConfig) {
  return { count: config.vocab_size, size: config.hidden_size, std: config.initializer_range };
}

function block(context: ModelContext, config: LlamaConfig, x_ND: Tensor, layer: number, rope: RopeTables): Tensor {
  const name = `model.layers.${layer}`;
  const { hidden_size: hidden, rms_norm_eps: epsilon } = config;
  const normed_ND = rmsNorm(context, x_ND, `${name}.input_layernorm`, hidden, epsilon);
  const attended_ND = withScope('self_attn', () => attention(context, config, normed_ND, layer, rope));
  const middle_ND = add(x_ND, context.dropout(attended_ND, 0));
  const normedMiddle_ND = rmsNorm(context, middle_ND, `${name}.post_attention_layernorm`, hidden, epsilon);
  const wide_ND = withScope('mlp', () =>
    swiglu(context, normedMiddle_ND, `${name}.mlp`, {
      hidden,
      intermediate: config.intermediate_size,
      bias: config.mlp_bias,
      activation: config.hidden_act,
      std: config.initializer_range,
      residualStd: residualStd(config),
    }),
  );
  return add(middle_ND, context.dropout(wide_ND, 0));
}

function attention(context: ModelContext, config: LlamaConfig, x_ND: Tensor, layer: number, rope: RopeTables): Tensor {
  const { hidden_size: hidden, num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim: headDim } = config;
  const name = `model.layers.${layer}.self_attn`;
  const bias = config.attention_bias;
  const init = { kind: 'normal', std: config.initializer_range } as const;
  const q_NQ = context.linear(x_ND, `${name}.q_proj`, { in: hidden, out: heads * headDim, bias, init });
  const k_NK = context.linear(x_ND, `${name}.k_proj`, { in: hidden, out: kvHeads * headDim, bias, init });
  const v_NK = context.linear(x_ND, `${name}.v_proj`, { in: hidden, out: kvHeads * headDim, bias, init });
  const scale = 1 / Math.sqrt(headDim);
  const dropout = config.attention_dropout;
  const out_NQ = context.attention(q_NQ, k_NK, v_NK, { layer, heads, kvHeads, headDim, scale, rope, dropout });
  const residual = { kind: 'normal', std: residualStd(config) } as const;
  return context.linear(out_NQ, `${name}.o_proj`, { in: heads * headDim, out: hidden, bias, init: residual });
}

/** Projections into the residual stream start smaller with depth (GPT-2, Radford et al. 2019, §2.3). */
function residualStd(config: LlamaConfig): number {
  return config.initializer_range / Math.sqrt(2 * config.num_hidden_layers);
}
