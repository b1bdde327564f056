import { defineBinary } from '../elementwise.ts';

/** a ≥ b, as bool. */
export const greaterEqual = defineBinary({
  name: 'greater-equal',
  onnx: 'GreaterOrEqual',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a >= b),
});
