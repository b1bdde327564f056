import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { forEachIndex, gather, ndarray, reduce, scalar } from '../reference/ndarray.ts';

/** Position of the largest element along `axis` (the first of equals), int64. */
export const argmax = definePrim<{ readonly axis: number; readonly keepDims: boolean }>({
  name: 'argmax',
  infer(inputs, { axis, keepDims }) {
    const [x] = inputs;
    if (!x || x.dtype === 'bool' || axis < 0 || axis >= x.shape.length)
      throw shapeError('argmax', inputs, `a tensor of numbers with an axis ${axis}`);
    const shape = keepDims ? x.shape.map((dim, i) => (i === axis ? 1 : dim)) : x.shape.filter((_, i) => i !== axis);
    return [{ dtype: 'int64', shape }];
  },
  emit(context, { inputs, outputs, attributes: { axis, keepDims } }) {
    context.node('ArgMax', [inputs[0]!.name], { axis, keepdims: keepDims ? 1 : 0 }, { outputs: [outputs[0]!.name] });
  },
  gradient: 'zero',
  reference([x], { axis, keepDims }) {
    const top = reduce(x!, [axis], true, Number.NEGATIVE_INFINITY, Math.max);
    const result = ndarray(top.shape, new Float64Array(top.data.length).fill(-1));
    for (let i = 0; i < x!.shape[axis]!; i++) {
      const row = gather(x!, scalar(i), axis);
      forEachIndex(row.shape, (_, flat) => {
        if (result.data[flat] === -1 && row.data[flat] === top.data[flat]) result.data[flat] = i;
      });
    }
    return [
      keepDims
        ? result
        : ndarray(
            x!.shape.filter((_, i) => i !== axis),
            result.data,
          ),
    ];
  },
});
