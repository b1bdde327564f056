import { definePrim } from '../prim.ts';
import { map } from '../reference/ndarray.ts';
import { type DType, isFloat } from '../types.ts';

/** x in another element type; floats become integers by truncation, bools are 0 and 1. */
export const cast = definePrim<{ readonly dtype: DType }>({
  name: 'cast',
  infer: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
  emit: (context, { inputs, outputs }) => context.cast(inputs[0]!.name, outputs[0]!),
  gradient({ inputs, attributes, gradient: g, ops }) {
    const from = inputs[0]!.dtype;
    return [isFloat(from) && isFloat(attributes.dtype) ? ops.cast(g, from) : undefined];
  },
  reference([x], { dtype }) {
    if (isFloat(dtype)) return [x!];
    return [map(x!, dtype === 'bool' ? (value) => Number(value !== 0) : Math.trunc)];
  },
});
