/** Plain two-layer feed-forward block: W_2 act(W_1 x + b_1) + b_2 (Vaswani et al. 2017, eq. 2). */
import type { Tensor } from '../../graph/index.ts';
import type { LinearOptions, ModelContext } from '../context.ts';
import { type ActivationName, activation } from './activation.ts';

export interface MlpOptions {
  /** Names of the two linear layers. */
  readonly names: readonly [string, string];
  readonly first: LinearOptions;
  readonly second: LinearOptions;
  readonly activation: ActivationName;
}

/** x [N, D] → [N, D]. */
export function mlp(context: ModelContext, x_ND: Tensor, options: MlpOptions): Tensor {
  const wide_NF = activation(options.activation, context.linear(x_ND, options.names[0], options.first));
  return context.linear(wide_NF, options.names[1], options.second);
}
