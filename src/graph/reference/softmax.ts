/** log-softmax in float64, shared by the references that need it. */
import { type NdArray, reduce, zip } from './ndarray.ts';

/** log-softmax of an array, shifted by its maximum. */
export function logSoftmaxOf(x: NdArray, axis: number): NdArray {
  const top = reduce(x, [axis], true, Number.NEGATIVE_INFINITY, Math.max);
  const shifted = zip([x, top], (value, max) => value! - max!);
  const total = reduce(shifted, [axis], true, 0, (sum, value) => sum + Math.exp(value));
  return zip([shifted, total], (value, sum) => value! - Math.log(sum!));
}
