import { shapesEqual } from '../dims.ts';
import { apply, shapeError } from '../ir.ts';
import { onnxDataType } from '../onnx/encode.ts';
import { definePrim, type Prim } from '../prim.ts';
import { zip } from '../reference/ndarray.ts';
import { isFloat } from '../types.ts';

export interface DropoutAttributes {
  /** What kept elements are multiplied by. */
  readonly scale: number;
  /** True in a gradient. Changes only how the mask is converted, see below. */
  readonly backward: boolean;
}

/**
 * x · mask · scale, for a bool mask of x's shape. The gradient is the same function of the same mask.
 *
 * Between forward and backward only the mask should live: one byte an element. Hence the mask is converted anew in the
 * gradient, and by another route (through uint8), because ONNX Runtime merges equal conversions and would keep the float
 * one, four bytes an element. (Where would need no conversion, but its CPU kernel is 2–3 times slower than Cast and Mul.)
 */
export const dropout: Prim<DropoutAttributes> = definePrim<DropoutAttributes>({
  name: 'dropout',
  infer(inputs) {
    const [x, mask] = inputs;
    if (!x || !isFloat(x.dtype) || mask?.dtype !== 'bool' || !shapesEqual(x.shape, mask.shape))
      throw shapeError('dropout', inputs, 'a float tensor and a bool mask of its shape');
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  emit(context, { inputs: [x, mask], outputs, attributes: { scale, backward } }) {
    const bits = backward ? context.node('Cast', [mask!.name], { to: onnxDataType.uint8 }) : mask!.name;
    const factor = context.node('Cast', [bits], { to: onnxDataType[x!.dtype] });
    const kept = context.node('Mul', [x!.name, factor]);
    context.node('Mul', [kept, context.scalar(x!.dtype, scale)], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: ({ inputs: [, mask], attributes: { scale, backward }, gradient: g }) => [
    apply(dropout, [g, mask!], { scale, backward: !backward }),
    undefined,
  ],
  reference: ([x, mask], { scale }) => [zip([x!, mask!], (value, keep) => value! * keep! * scale)],
});
