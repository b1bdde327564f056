import { defineUnary } from '../elementwise.ts';

/** |x|; the derivative at 0 is 0. */
export const abs = defineUnary({
  name: 'abs',
  onnx: 'Abs',
  gradient: (g, x, _y, ops) => ops.mul(g, ops.sign(x)),
  reference: (x) => Math.abs(x),
});
