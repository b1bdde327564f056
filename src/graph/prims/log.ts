import { defineUnary } from '../elementwise.ts';

/** Natural logarithm. */
export const log = defineUnary({
  name: 'log',
  onnx: 'Log',
  gradient: (g, x, _y, ops) => ops.div(g, x),
  reference: (x) => Math.log(x),
});
