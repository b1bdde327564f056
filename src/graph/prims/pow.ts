import { defineBinary } from '../elementwise.ts';

/** a^b; the gradient to b needs a > 0. */
export const pow = defineBinary({
  name: 'pow',
  onnx: 'Pow',
  gradient: [
    (g, a, b, _y, ops) => ops.mul(g, ops.mul(b, ops.pow(a, ops.sub(b, 1)))),
    (g, a, _b, y, ops) => ops.mul(g, ops.mul(y, ops.log(a))),
  ],
  reference: (a, b) => a ** b,
});
