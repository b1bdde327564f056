import { defineBinary } from '../elementwise.ts';

/** a · b. */
export const mul = defineBinary({
  name: 'mul',
  onnx: 'Mul',
  gradient: [(g, _a, b, _y, ops) => ops.mul(g, b), (g, a, _b, _y, ops) => ops.mul(g, a)],
  reference: (a, b) => a * b,
});
