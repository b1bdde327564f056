import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { ndarray, reduce, zip } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/** exp(x) / Σ exp(x) along `axis` (≥ 0). dx = y · (g − Σ g·y). */
export const softmax = definePrim<{ readonly axis: number }>({
  name: 'softmax',
  infer(inputs, { axis }) {
    const [x] = inputs;
    if (!x || !isFloat(x.dtype) || axis >= x.shape.length || axis < 0)
      throw shapeError('softmax', inputs, `a float tensor with an axis ${axis}`);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs, outputs, attributes }) {
    context.node('Softmax', [inputs[0]!.name], { axis: attributes.axis }, { outputs: [outputs[0]!.name] });
  },
  gradient({ outputs, gradient: g, attributes, ops }) {
    const y = outputs[0]!;
    // One product serves both terms: y·g − y·Σ(y·g).
    const weighted = ops.mul(y, g);
    return [ops.sub(weighted, ops.mul(y, ops.sum(weighted, { axes: [attributes.axis], keepDims: true })))];
  },
  reference([x], { axis }) {
    const top = reduce(x!, [axis], true, Number.NEGATIVE_INFINITY, Math.max);
    const exp = zip([x!, top], (value, max) => Math.exp(value! - max!));
    const total = reduce(exp, [axis], true, 0, (a, b) => a + b);
    return [zip([exp, total], (value, sum) => value! / sum!)].map((y) => ndarray(y.shape, y.data));
  },
});
