import { shapeSize } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { ndarray } from '../reference/ndarray.ts';
import type { DType, TypedArray } from '../types.ts';

export interface ConstantAttributes {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Values, not bits: float16 constants are plain numbers here. */
  readonly values: TypedArray | readonly number[];
}

/** Values known at build time; part of the model's file. Equal ones are stored once. */
export const constant = definePrim<ConstantAttributes>({
  name: 'constant',
  infer(_, { dtype, shape, values }) {
    if (shapeSize(shape) !== values.length)
      throw shapeError('constant', [{ dtype, shape }], `a shape of ${values.length} elements`);
    return [{ dtype, shape }];
  },
  emit(context, { attributes: { dtype, values, shape } }) {
    context.alias(0, context.constant(dtype, values, shape));
  },
  gradient: 'zero',
  reference: (_, { values, shape }) => [ndarray(shape, values)],
});
