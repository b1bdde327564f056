import { defineUnary } from '../elementwise.ts';

/** sin x. */
export const sin = defineUnary({
  name: 'sin',
  onnx: 'Sin',
  gradient: (g, x, _y, ops) => ops.mul(g, ops.cos(x)),
  reference: (x) => Math.sin(x),
});
