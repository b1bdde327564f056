import { defineReduction } from '../reduction.ts';
import { reduce } from '../reference/ndarray.ts';

/** Largest of x over `axes`; equal maxima share the gradient. */
export const max = defineReduction({
  name: 'max',
  onnx: 'ReduceMax',
  gradient({ inputs, outputs, attributes: { axes }, ops }, g) {
    const x = inputs[0]!;
    const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const hits = ops.cast(ops.equal(x, ops.reshape(outputs[0]!, kept)), x.dtype);
    return ops.mul(hits, ops.div(g, ops.sum(hits, { axes, keepDims: true })));
  },
  reference: (x, axes) => reduce(x, axes, true, Number.NEGATIVE_INFINITY, Math.max),
});
