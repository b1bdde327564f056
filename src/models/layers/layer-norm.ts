/** Layer normalisation with a learned scale and, unless told otherwise, shift (Ba et al. 2016, eq. 4). */
import { layerNorm as layerNormOp, type Tensor } from '../../graph/index.ts';
import type { ModelContext } from '../context.ts';

/** x [N, D] → [N, D]; owns `<name>.weight` [D] and, with `bias`, `<name>.bias` [D]. */
export function layerNorm(
  context: ModelContext,
  x_ND: Tensor,
  name: string,
  size: number,
  options: { readonly epsilon: number; readonly bias: boolean },
): Tensor {
  const weight_D = context.parameter(`${name}.weight`, [size], { kind: 'ones' }, 'norm');
  const bias_D = options.bias ? context.parameter(`${name}.bias`, [size], { kind: 'zeros' }, 'norm') : undefined;
  return layerNormOp(x_ND, weight_D, bias_D, { epsilon: options.epsilon });
}
