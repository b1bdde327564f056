/**
 * Llama: decoder-only transformer with RMS norm, rotary positions, SwiGLU and grouped-query attention
 * (Touvron et al. 2023; Llama 2 §2.2). Config keys and tensor names are Hugging Face's `LlamaForCausalLM`.
 */
import { defineModel } from '../define-model.ts';
import { complete, config, type LlamaConfig } from './config.ts';
import { forward, logits } from './forward.ts';

export const llama = defineModel({
  name: 'llama',
  architecture: 'LlamaForCausalLM',
  describe: 'Llama: RMS norm, rotary positions, SwiGLU, grouped-query attention.',
  config,
  complete,
  dims: (c: LlamaConfig) => ({
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    kvHeads: c.num_key_value_heads,
    headDim: c.head_dim,
    maxLength: c.max_position_embeddings,
  }),
  forward,
  logits,
  tensorName(fileName, c) {
    if (fileName.endsWith('.rotary_emb.inv_freq')) return undefined; // old files store the frequencies
    if (fileName === 'lm_head.weight' && c.tie_word_embeddings) return undefined;
    return fileName;
  },
});
