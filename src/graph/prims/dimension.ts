import { definePrim } from '../prim.ts';
import { scalar } from '../reference/ndarray.ts';
import type { Dim, DType } from '../types.ts';

/** A dim's size as a scalar: the bridge from named dims to values. */
export const dimension = definePrim<{ readonly dim: Dim; readonly dtype: DType }>({
  name: 'dimension',
  infer: (_, { dtype }) => [{ dtype, shape: [] }],
  emit(context, { outputs, attributes: { dim } }) {
    const value = context.node('Squeeze', [context.dim(dim), context.ints([0])]);
    context.cast(value, outputs[0]!);
  },
  gradient: 'zero',
  reference: (_, { dim }, context) => [scalar(context.resolve([dim])[0]!)],
});
