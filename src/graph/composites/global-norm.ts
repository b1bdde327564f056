import type { Tensor } from '../ir.ts';
import { addAll, sqrt } from '../ops/math.ts';
import { sumSquares } from '../ops/reduce.ts';

/** √ΣΣx² over all elements of all tensors, a scalar: the norm by which gradients are clipped. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return sqrt(addAll(tensors.map((tensor) => sumSquares(tensor))));
}
