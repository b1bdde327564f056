/** Running sums, largest elements, one-hot rows. */
import { apply, applyAll, type Tensor } from '../ir.ts';
import { cumsum as cumsumPrim } from '../prims/cumsum.ts';
import { oneHot as oneHotPrim } from '../prims/one-hot.ts';
import { topk as topkPrim } from '../prims/topk.ts';
import type { DType } from '../types.ts';
import { axisOf } from './reduce.ts';

export interface CumsumOptions {
  /** Default -1. */
  readonly axis?: number;
  /** Leave each element out of its own sum. Default false. */
  readonly exclusive?: boolean;
  /** Sum from the end. Default false. */
  readonly reverse?: boolean;
}

/** Running sums along `axis`; [...] → [...]. */
export function cumsum(x: Tensor, { axis = -1, exclusive = false, reverse = false }: CumsumOptions = {}): Tensor {
  return apply(cumsumPrim, [x], { axis: axisOf('cumsum', x, axis), exclusive, reverse });
}

/** The k largest elements along `axis` (default -1), largest first, and their positions (int64): axis size becomes k. */
export function topk(
  x: Tensor,
  k: number,
  options: { axis?: number } = {},
): readonly [values: Tensor, indices: Tensor] {
  const [values, indices] = applyAll(topkPrim, [x], { k, axis: axisOf('topk', x, options.axis ?? -1) });
  return [values!, indices!];
}

/** Integers [...] → [..., depth]: 1 at the index, 0 elsewhere; indices outside of 0…depth-1 give rows of zeros. */
export function oneHot(indices: Tensor, depth: number, options: { dtype?: DType } = {}): Tensor {
  return apply(oneHotPrim, [indices], { depth, dtype: options.dtype ?? 'float32' });
}
