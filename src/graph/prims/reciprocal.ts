import { defineUnary } from '../elementwise.ts';

/** 1/x; d/dx = −y². */
export const reciprocal = defineUnary({
  name: 'reciprocal',
  onnx: 'Reciprocal',
  gradient: (g, _x, y, ops) => ops.neg(ops.mul(g, ops.mul(y, y))),
  reference: (x) => 1 / x,
});
