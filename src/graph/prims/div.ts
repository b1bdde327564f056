import { defineBinary } from '../elementwise.ts';
import { isFloat } from '../types.ts';

/** a / b; integers divide towards zero. */
export const div = defineBinary({
  name: 'div',
  onnx: 'Div',
  gradient: [(g, _a, b, _y, ops) => ops.div(g, b), (g, _a, b, y, ops) => ops.neg(ops.div(ops.mul(g, y), b))],
  reference: (a, b, dtype) => (isFloat(dtype) ? a / b : Math.trunc(a / b)),
});
