import { defineBinary } from '../elementwise.ts';

/** a ≤ b, as bool. */
export const lessEqual = defineBinary({
  name: 'less-equal',
  onnx: 'LessOrEqual',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a <= b),
});
