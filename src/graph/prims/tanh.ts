import { defineUnary } from '../elementwise.ts';

/** tanh x; d/dx = 1 − y². */
export const tanh = defineUnary({
  name: 'tanh',
  onnx: 'Tanh',
  gradient: (g, _x, y, ops) => ops.mul(g, ops.sub(1, ops.mul(y, y))),
  reference: (x) => Math.tanh(x),
});
