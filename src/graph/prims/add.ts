import { defineBinary } from '../elementwise.ts';

/** a + b. */
export const add = defineBinary({
  name: 'add',
  onnx: 'Add',
  gradient: [(g) => g, (g) => g],
  reference: (a, b) => a + b,
});
