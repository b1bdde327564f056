import { defineUnary } from '../elementwise.ts';

/** √x. */
export const sqrt = defineUnary({
  name: 'sqrt',
  onnx: 'Sqrt',
  gradient: (g, _x, y, ops) => ops.div(ops.mul(g, 0.5), y),
  reference: (x) => Math.sqrt(x),
});
