import { defineUnary } from '../elementwise.ts';

/** 1/(1+e^−x); d/dx = y(1−y). */
export const sigmoid = defineUnary({
  name: 'sigmoid',
  onnx: 'Sigmoid',
  gradient: (g, _x, y, ops) => ops.mul(g, ops.mul(y, ops.sub(1, y))),
  reference: (x) => 1 / (1 + Math.exp(-x)),
});
