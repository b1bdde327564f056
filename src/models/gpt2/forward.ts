/**
 * The GPT-2 forward pass: x += attention(norm(x)); x += mlp(norm(x)); a final norm.
 *
 * Shape letters: N tokens (B·T), D n_embd, V vocabulary.
 */
import { add, matmul, multiplyDims, reshape, slice, split, type Tensor, withScope } from '../../graph/index.ts';
import type { LinearOptions, ModelContext } from '../context.ts';
import { embedding, embeddingTable } from '../layers/embedding.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { mlp } from '../layers/mlp.ts';
import type { Gpt2Config } from './config.ts';

/** Hidden states after the final norm, [N, D]. */
export function forward(context: ModelContext, config: Gpt2Config): Tensor {
  const { n_embd: size } = config;
  const tokens_ND = embedding(context, context.tokens_N, 'transformer.wte', tableOptions(config));
  let x_ND = context.dropout(addPositions(context, config, tokens_ND), config.embd_pdrop);
  for (let layer = 0; layer < config.n_layer; layer++) {
    x_ND = context.layer(`h.${layer}`, x_ND, (x) => block(context, config, x, layer));
  }
  return layerNorm(context, x_ND, 'transformer.ln_f', size, normOptions(config));
}

/** Logits [R, V] of hidden states [R, D]. */
export function logits(context: ModelContext, config: Gpt2Config, hidden_RD: Tensor): Tensor {
  if (config.tie_word_embeddings) {
    return matmul(hidden_RD, embeddingTable(context, 'transformer.wte', tableOptions(config)), { transposeB: true });
  }
  const init = { kind: 'normal', std: config.initializer_range } as const;
  return context.linear(hidden_RD, 'lm_head', { in: config.n_embd, out: config.vocab_size, init });
}

/** Adds the learned position vectors to token vectors [N, D]. */
function addPositions(context: ModelContext, config: Gpt2Config, tokens_ND: Tensor): Tensor {
  const { n_positions: count, n_embd: size, initializer_range: std } = config;
  const { batch, time } = context;
  if (!context.sequential || typeof time !== 'number') {
    return add(tokens_ND, embedding(context, context.positions_N(), 'transformer.wpe', { count, size, std }));
  }
  // Broadcast over the batch: the gradient is a plain sum instead of a scatter.
  const table_PD = embeddingTable(context, 'transformer.wpe', { count, size, std });
  const table_TD = time === count ? table_PD : slice(table_PD, { axis: 0, start: 0, end: time });
  return reshape(add(reshape(tokens_ND, [batch, time, size]), table_TD), [multiplyDims(batch, time), size]);
}

function tableOptions(config: Gpt2Config) {
  return { count: config.vocab_size, size: config.n_embd, std: config.initializer_range };
}

function normOptions(config: Gpt2Config) {
  return { epsilon: config.layer_norm_epsilon, bias: config.bias };
}

function block(context: ModelContext, config: Gpt2Config, x_ND: Tensor, layer: number): Tensor {
  const name = `transformer.h.${layer}`;
  const { n_embd: size, resid_pdrop: dropout } = config;
  const normed_ND = layerNorm(context, x_ND, `${name}.ln_1`, size, normOptions(config));
  const attended_ND = withScope('attn', () => attention(context, config, normed_ND, layer));
  const middle_ND = add(x_ND, context.dropout(attended_ND, dropout));
  const normedMiddle_ND = layerNorm(context, middle_ND, `${name}.ln_2`, size, normOptions(config));
  const wide_ND = mlp(context, normedMiddle_ND, {
    names: [`${name}.mlp.c_fc`, `${name}.mlp.c_proj`],
    first: conv1d(config, size, config.n_inner),
    second: conv1d(config, config.n_inner, size, residualStd(config)),
    activation: config.activation_function,
  });
  return add(middle_ND, context.dropout(wide_ND, dropout));
}

function attention(context: ModelContext, config: Gpt2Config, x_ND: Tensor, layer: number): Tensor {
  const { n_embd: size, n_head: heads } = config;
  const name = `transformer.h.${layer}.attn`;
  const headDim = size / heads;
  const qkv_N3D = context.linear(x_ND, `${name}.c_attn`, conv1d(config, size, 3 * size));
  const [q_ND, k_ND, v_ND] = split(qkv_N3D, { axis: 1, sizes: [size, size, size] });
  const out_ND = context.attention(q_ND!, k_ND!, v_ND!, {
    layer,
    heads,
    kvHeads: heads,
    headDim,
    scale: 1 / Math.sqrt(headDim),
    dropout: config.attn_pdrop,
  });
  return context.linear(out_ND, `${name}.c_proj`, conv1d(config, size, size, residualStd(config)));
}

/** Hugging Face's Conv1D: a linear layer whose weight is [in, out]. */
function conv1d(config: Gpt2Config, inSize: number, outSize: number, std = config.initializer_range): LinearOptions {
  return { in: inSize, out: outSize, bias: config.bias, layout: 'in-out', init: { kind: 'normal', std } };
}

/** Projections into the residual stream start smaller with depth (Radford et al. 2019, §2.3). */
function residualStd(config: Gpt2Config): number {
  return config.initializer_range / Math.sqrt(2 * config.n_layer);
}
