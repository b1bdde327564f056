import { defineUnary } from '../elementwise.ts';

/** -x. */
export const neg = defineUnary({
  name: 'neg',
  onnx: 'Neg',
  gradient: (g, _x, _y, ops) => ops.neg(g),
  reference: (x) => -x,
});
