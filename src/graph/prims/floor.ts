import { defineUnary } from '../elementwise.ts';

/** The largest integer ≤ x. */
export const floor = defineUnary({
  name: 'floor',
  onnx: 'Floor',
  gradient: 'zero',
  reference: (x) => Math.floor(x),
});
