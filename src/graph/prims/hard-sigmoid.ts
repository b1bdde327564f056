import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { map } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

/** alpha · x + beta, held to [0, 1]: a multiply-add in one pass where the bounds never bite. */
export const hardSigmoid = definePrim<{ readonly alpha: number; readonly beta: number }>({
  name: 'hard-sigmoid',
  infer(inputs) {
    const [x] = inputs;
    if (!x || !isFloat(x.dtype)) throw shapeError('hardSigmoid', inputs, 'one float tensor');
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs, outputs, attributes: { alpha, beta } }) {
    const [x, y] = [inputs[0]!, outputs[0]!];
    if (x.dtype === 'float32') {
      const attributes = { alpha: { float: alpha }, beta: { float: beta } };
      context.node('HardSigmoid', [x.name], attributes, { outputs: [y.name] });
      return;
    }
    const line = context.node('Add', [
      context.node('Mul', [x.name, context.scalar(x.dtype, alpha)]),
      context.scalar(x.dtype, beta),
    ]);
    context.node('Clip', [line, context.scalar(x.dtype, 0), context.scalar(x.dtype, 1)], {}, { outputs: [y.name] });
  },
  gradient({ outputs, attributes: { alpha }, gradient: g, ops }) {
    const y = outputs[0]!;
    const inside = ops.logicalAnd(ops.greater(y, 0), ops.less(y, 1));
    return [ops.where(inside, ops.mul(g, alpha), 0)];
  },
  reference: ([x], { alpha, beta }) => [map(x!, (value) => Math.min(1, Math.max(0, alpha * value + beta)))],
});
