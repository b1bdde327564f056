import { multiplyDims } from '../dims.ts';
import { defineReduction } from '../reduction.ts';
import { map, sum } from '../reference/ndarray.ts';
import type { Dim } from '../types.ts';

/** Mean of x over `axes`. */
export const mean = defineReduction({
  name: 'mean',
  onnx: 'ReduceMean',
  gradient({ inputs, attributes, ops }, g) {
    const { shape, dtype } = inputs[0]!;
    const count = attributes.axes.reduce<Dim>((product, axis) => multiplyDims(product, shape[axis]!), 1);
    const scaled = typeof count === 'number' ? ops.mul(g, 1 / count) : ops.div(g, ops.dimension(count, dtype));
    return ops.expand(scaled, shape);
  },
  reference(x, axes) {
    const total = sum(x, axes, true);
    return map(total, (value) => (value * total.data.length) / x.data.length);
  },
});
