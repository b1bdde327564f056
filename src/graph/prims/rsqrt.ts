import { defineUnary } from '../elementwise.ts';

/** 1/√x; d/dx = −y³/2. */
export const rsqrt = defineUnary({
  name: 'rsqrt',
  onnx: ['Sqrt', 'Reciprocal'],
  gradient: (g, _x, y, ops) => ops.mul(g, ops.mul(ops.mul(y, -0.5), ops.mul(y, y))),
  reference: (x) => 1 / Math.sqrt(x),
});
