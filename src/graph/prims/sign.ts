import { defineUnary } from '../elementwise.ts';

/** −1, 0 or 1. */
export const sign = defineUnary({
  name: 'sign',
  onnx: 'Sign',
  gradient: 'zero',
  reference: (x) => Math.sign(x),
});
