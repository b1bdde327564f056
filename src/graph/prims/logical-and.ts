import { defineBinary } from '../elementwise.ts';

/** a && b of bools. */
export const logicalAnd = defineBinary({
  name: 'logical-and',
  onnx: 'And',
  accepts: (dtype) => dtype === 'bool',
  result: 'bool',
  gradient: 'zero',
  reference: (a, b) => Number(a && b),
});
