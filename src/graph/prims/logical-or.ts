import { defineBinary } from '../elementwise.ts';

/** a || b of bools. */
export const logicalOr = defineBinary({
  name: 'logical-or',
  onnx: 'Or',
  accepts: (dtype) => dtype === 'bool',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a || b),
});
