/** Root-mean-square normalisation with a learned scale (Zhang & Sennrich 2019, eq. 4). */
import { rmsNorm as rmsNormOp, type Tensor } from '../../graph/index.ts';
import type { ModelContext } from '../context.ts';

/** x [N, D] → [N, D]; owns `<name>.weight` [D]. */
export function rmsNorm(context: ModelContext, x_ND: Tensor, name: string, size: number, epsilon: number): Tensor {
  return rmsNormOp(x_ND, context.parameter(`${name}.weight`, [size], { kind: 'ones' }, 'norm'), { epsilon });
}
