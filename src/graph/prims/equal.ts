import { defineBinary } from '../elementwise.ts';

/** a = b, as bool. */
export const equal = defineBinary({
  name: 'equal',
  onnx: 'Equal',
  accepts: () => true,
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a === b),
});
