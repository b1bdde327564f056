import { defineUnary } from '../elementwise.ts';

/** cos x. */
export const cos = defineUnary({
  name: 'cos',
  onnx: 'Cos',
  gradient: (g, x, _y, ops) => ops.neg(ops.mul(g, ops.sin(x))),
  reference: (x) => Math.cos(x),
});
