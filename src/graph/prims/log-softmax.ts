import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { logSoftmaxOf } from '../reference/softmax.ts';
import { isFloat } from '../types.ts';

/** x − log Σ exp(x) along `axis` (≥ 0). dx = g − softmax(x) · Σ g. */
export const logSoftmax = definePrim<{ readonly axis: number }>({
  name: 'log-softmax',
  infer(inputs, { axis }) {
    const [x] = inputs;
    if (!x || !isFloat(x.dtype) || axis >= x.shape.length || axis < 0)
      throw shapeError('logSoftmax', inputs, `a float tensor with an axis ${axis}`);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs, outputs, attributes }) {
    context.node('LogSoftmax', [inputs[0]!.name], { axis: attributes.axis }, { outputs: [outputs[0]!.name] });
  },
  gradient({ outputs, gradient: g, attributes: { axis }, ops }) {
    return [ops.sub(g, ops.mul(ops.exp(outputs[0]!), ops.sum(g, { axes: [axis], keepDims: true })))];
  },
  reference: ([x], { axis }) => [logSoftmaxOf(x!, axis)],
});
