import { defineBinary } from '../elementwise.ts';

/** The larger; a tie's gradient goes to a. */
export const maximum = defineBinary({
  name: 'maximum',
  onnx: 'Max',
  gradient: [
    (g, a, b, _y, ops) => ops.where(ops.greaterEqual(a, b), g, 0),
    (g, a, b, _y, ops) => ops.where(ops.greater(b, a), g, 0),
  ],
  reference: (a, b) => Math.max(a, b),
});
