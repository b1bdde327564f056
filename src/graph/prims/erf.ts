import { defineUnary } from '../elementwise.ts';
import { erfOf } from '../reference/erf.ts';

/** The error function; d/dx = 2/√π · e^−x². */
export const erf = defineUnary({
  name: 'erf',
  onnx: 'Erf',
  gradient: (g, x, _y, ops) => ops.mul(g, ops.mul(ops.exp(ops.neg(ops.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  missing: ['float64'],
  reference: (x) => erfOf(x),
});
