import { defineBinary } from '../elementwise.ts';

/** a − b. */
export const sub = defineBinary({
  name: 'sub',
  onnx: 'Sub',
  gradient: [(g) => g, (g, _a, _b, _y, ops) => ops.neg(g)],
  reference: (a, b) => a - b,
});
