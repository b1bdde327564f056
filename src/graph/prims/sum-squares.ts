import { defineReduction } from '../reduction.ts';
import { map, sum } from '../reference/ndarray.ts';

/** Σ x² over `axes`, in one pass. */
export const sumSquares = defineReduction({
  name: 'sum-squares',
  onnx: 'ReduceSumSquare',
  gradient: ({ inputs, ops }, g) => ops.mul(inputs[0]!, ops.mul(g, 2)),
  reference: (x, axes) =>
    sum(
      map(x, (value) => value * value),
      axes,
      true,
    ),
});
