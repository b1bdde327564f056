import { addDims } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { type NdArray, slice } from '../reference/ndarray.ts';
import type { Dim } from '../types.ts';

/** Consecutive parts of x along `axis`. */
export const split = definePrim<{ readonly axis: number; readonly sizes: readonly Dim[] }>({
  name: 'split',
  infer(inputs, { axis, sizes }) {
    const x = inputs[0]!;
    if (axis < 0 || axis >= x.shape.length || sizes.reduce(addDims, 0) !== x.shape[axis])
      throw shapeError('split', inputs, `an axis ${axis} of the size ${sizes.join(' + ')}`);
    return sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? size : dim)) }));
  },
  emit(context, { inputs, outputs, attributes: { axis, sizes } }) {
    const names = outputs.map((output) => output.name);
    context.node('Split', [inputs[0]!.name, context.shape(sizes)], { axis }, { outputs: names });
  },
  gradient({ outputs, outputGradients, attributes: { axis }, ops }) {
    const parts = outputs.map((part, i) => outputGradients[i] ?? ops.zeros(part.shape, part.dtype));
    return [parts.length === 1 ? parts[0] : ops.concat(parts, { axis })];
  },
  reference([x], { axis, sizes }, context) {
    let start = 0;
    return context.resolve(sizes).map((size): NdArray => {
      start += size;
      return slice(x!, axis, start - size, start);
    });
  },
});
