import { defineReduction } from '../reduction.ts';
import { sum as sumArray } from '../reference/ndarray.ts';

/** Σ x over `axes`. */
export const sum = defineReduction({
  name: 'sum',
  onnx: 'ReduceSum',
  gradient: ({ inputs, ops }, g) => ops.expand(g, inputs[0]!.shape),
  reference: (x, axes) => sumArray(x, axes, true),
});
