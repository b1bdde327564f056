/**
 * GPT-2: decoder-only transformer with layer norm, learned positions and GELU (Radford et al. 2019).
 * Config keys and tensor names are Hugging Face's `GPT2LMHeadModel`; weights of its Conv1D layers are [in, out].
 */
import { defineModel } from '../define-model.ts';
import { complete, config, type Gpt2Config } from './config.ts';
import { forward, logits } from './forward.ts';
import { tensorName } from './hf-names.ts';

export const gpt2 = defineModel({
  name: 'gpt2',
  architecture: 'GPT2LMHeadModel',
  describe: 'GPT-2: layer norm, learned positions, GELU.',
  config,
  complete,
  dims: (c: Gpt2Config) => ({
    vocabSize: c.vocab_size,
    hiddenSize: c.n_embd,
    intermediateSize: c.n_inner,
    layers: c.n_layer,
    heads: c.n_head,
    kvHeads: c.n_head,
    headDim: c.n_embd / c.n_head,
    maxLength: c.n_positions,
  }),
  forward,
  logits,
  tensorName: (fileName, c) => tensorName(fileName, c.tie_word_embeddings),
});
