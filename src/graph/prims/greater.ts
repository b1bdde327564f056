import { defineBinary } from '../elementwise.ts';

/** a > b, as bool. */
export const greater = defineBinary({
  name: 'greater',
  onnx: 'Greater',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a > b),
});
