import { addDims, subtractDims } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { concat, ndarray } from '../reference/ndarray.ts';
import type { Dim } from '../types.ts';

/** x with zeros before and after it along `axis`: the adjoint of `slice`. */
export const pad = definePrim<{ readonly axis: number; readonly before: Dim; readonly after: Dim }>({
  name: 'pad',
  infer(inputs, { axis, before, after }) {
    const x = inputs[0]!;
    const size = x.shape[axis];
    if (size === undefined || [before, after].some((dim) => typeof dim === 'number' && dim < 0))
      throw shapeError('pad', inputs, `an axis ${axis} and widths ≥ 0, not ${before} and ${after}`);
    const total = addDims(addDims(before, size), after);
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? total : dim)) }];
  },
  emit(context, { inputs, outputs, attributes: { axis, before, after } }) {
    const [x] = inputs as [(typeof inputs)[0] & object];
    const zero = context.scalar(x.dtype, 0);
    const widths = context.shape([before, after]);
    context.node('Pad', [x.name, widths, zero, context.ints([axis])], {}, { outputs: [outputs[0]!.name] });
  },
  gradient({ inputs, attributes: { axis, before }, gradient: g, ops }) {
    return [ops.slice(g, { axis, start: before, end: addDims(before, inputs[0]!.shape[axis]!) })];
  },
  reference([x], { axis, before, after }, context) {
    const zeros = context
      .resolve([before, subtractDims(after, 0)])
      .map((width) => ndarray(x!.shape.map((size, i) => (i === axis ? width : size))));
    return [concat([zeros[0]!, x!, zeros[1]!], axis)];
  },
});
