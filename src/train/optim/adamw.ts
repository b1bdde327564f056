/**
 * AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).
 *
 * The moments are kept as plain decayed sums, m ← β₁m + g and v ← β₂v + g², i.e. torch's exp_avg / (1-β₁) and
 * exp_avg_sq / (1-β₂). The constant factors and the bias corrections move into scalars that are fed at each step, which
 * saves two of fourteen passes over every parameter:
 *   a = (1-β₁)/(1-β₁ᵗ),  s = √((1-β₂)/(1-β₂ᵗ))
 *   lr·m̂/(√v̂+ε)  =  lr·a·m/(s√v+ε)  =  (lr·a/s)·m/(√v+ε/s)
 */
import { z } from 'zod';
import { add, div, mul, sqrt, state, sub } from '../../graph/index.ts';
import { defineOptimizer } from '../optimizer.ts';

const beta = z.number().min(0).lt(1);

const config = z.strictObject({
  use: z.literal('adamw').default('adamw').describe('The optimizer.'),
  lr: z.number().positive().default(1e-3).describe('Peak learning rate.'),
  betas: z.tuple([beta, beta]).default([0.9, 0.95]).describe('Decay of the first and second moment.'),
  eps: z.number().positive().default(1e-8).describe('Added to the root of the second moment.'),
  weight_decay: z.number().min(0).default(0.1).describe('Decoupled weight decay; never on norms and biases.'),
  decay_embeddings: z.boolean().default(false).describe('Weight decay on embedding tables too.'),
});
export type AdamwConfig = z.output<typeof config>;

export const adamw = defineOptimizer<AdamwConfig>({
  name: 'adamw',
  describe: 'Adam with decoupled weight decay.',
  config,
  learningRate: ({ lr }) => lr,
  decaysEmbeddings: ({ decay_embeddings }) => decay_embeddings,
  scalars({ betas: [beta1, beta2], eps, weight_decay }, step, learningRate) {
    const first = (1 - beta1) / (1 - beta1 ** step);
    const second = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
    return {
      'adamw.rate': (learningRate * first) / second,
      'adamw.epsilon': eps / second,
      'adamw.keep': 1 - learningRate * weight_decay,
    };
  },
  update({ betas: [beta1, beta2], weight_decay }, { name, shape, weight, gradient, decay }, scalars) {
    const m = state(`adamw.m.${name}`, shape, { init: { kind: 'zeros' } });
    const v = state(`adamw.v.${name}`, shape, { init: { kind: 'zeros' } });
    const nextM = add(mul(m, beta1), gradient);
    const nextV = add(mul(v, beta2), mul(gradient, gradient));
    const move = mul(div(nextM, add(sqrt(nextV), scalars['adamw.epsilon']!)), scalars['adamw.rate']!);
    const kept = decay && weight_decay > 0 ? mul(weight, scalars['adamw.keep']!) : weight;
    return { [`adamw.m.${name}`]: nextM, [`adamw.v.${name}`]: nextV, [name]: sub(kept, move) };
  },
});
