import { defineBinary } from '../elementwise.ts';

/** The smaller; a tie's gradient goes to a. */
export const minimum = defineBinary({
  name: 'minimum',
  onnx: 'Min',
  gradient: [
    (g, a, b, _y, ops) => ops.where(ops.lessEqual(a, b), g, 0),
    (g, a, b, _y, ops) => ops.where(ops.less(b, a), g, 0),
  ],
  reference: (a, b) => Math.min(a, b),
});
