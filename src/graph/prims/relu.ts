import { defineUnary } from '../elementwise.ts';

/** max(x, 0). */
export const relu = defineUnary({
  name: 'relu',
  onnx: 'Relu',
  gradient: (g, _x, y, ops) => ops.where(ops.greater(y, 0), g, 0),
  reference: (x) => Math.max(x, 0),
});
