/** Gated feed-forward block: W_down(act(W_gate x) ⊙ W_up x) (Shazeer 2020, "GLU variants", eq. 6). */
import { mul, type Tensor } from '../../graph/index.ts';
import type { ModelContext } from '../context.ts';
import { type ActivationName, activation } from './activation.ts';

export interface SwigluOptions {
  readonly hidden: number;
  readonly intermediate: number;
  readonly bias: boolean;
  readonly activation: ActivationName;
  readonly std: number;
  /** Standard deviation of the residual projection's initial values. */
  readonly residualStd: number;
}

/** x [N, D] → [N, D]; owns `<name>.{gate,up,down}_proj`. */
export function swiglu(context: ModelContext, x_ND: Tensor, name: string, options: SwigluOptions): Tensor {
  const { hidden, intermediate, bias, std, residualStd } = options;
  const wide = { in: hidden, out: intermediate, bias, init: { kind: 'normal', std } } as const;
  const gate_NF = context.linear(x_ND, `${name}.gate_proj`, wide);
  const up_NF = context.linear(x_ND, `${name}.up_proj`, wide);
  return context.linear(mul(activation(options.activation, gate_NF), up_NF), `${name}.down_proj`, {
    in: intermediate,
    out: hidden,
    bias,
    init: { kind: 'normal', std: residualStd },
  });
}
