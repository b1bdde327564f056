import { defineBinary } from '../elementwise.ts';

/** a < b, as bool. */
export const less = defineBinary({
  name: 'less',
  onnx: 'Less',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a < b),
});
