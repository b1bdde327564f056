import { defineUnary } from '../elementwise.ts';

/** e^x. */
export const exp = defineUnary({
  name: 'exp',
  onnx: 'Exp',
  gradient: (g, _x, y, ops) => ops.mul(g, y),
  reference: (x) => Math.exp(x),
});
