/** Activation functions by Hugging Face's `hidden_act` names. */
import { gelu, maximum, silu, type Tensor } from '../../graph/index.ts';

const activations = {
  silu: (x: Tensor) => silu(x),
  swish: (x: Tensor) => silu(x),
  gelu: (x: Tensor) => gelu(x, { approximate: 'none' }),
  gelu_new: (x: Tensor) => gelu(x, { approximate: 'tanh' }),
  gelu_pytorch_tanh: (x: Tensor) => gelu(x, { approximate: 'tanh' }),
  relu: (x: Tensor) => maximum(x, 0),
} as const;

export type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];

/** Element-wise; the shape stays. */
export function activation(name: ActivationName, x: Tensor): Tensor {
  return activations[name](x);
}
