import { addDims, subtractDims } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { slice as sliceArray } from '../reference/ndarray.ts';
import type { Dim } from '../types.ts';

/** x[start : end] along `axis`; 0 ≤ start ≤ end ≤ size. */
export const slice = definePrim<{ readonly axis: number; readonly start: Dim; readonly end: Dim }>({
  name: 'slice',
  infer(inputs, { axis, start, end }) {
    const x = inputs[0]!;
    const size = x.shape[axis];
    if (size === undefined || axis < 0) throw shapeError('slice', inputs, `a tensor with an axis ${axis}`);
    const length = subtractDims(end, start);
    const beyond = subtractDims(size, end);
    const negative = [start, length, beyond].some((dim) => typeof dim === 'number' && dim < 0);
    if (negative) throw shapeError('slice', inputs, `0 ≤ start ≤ end ≤ ${size} on axis ${axis}, not ${start}:${end}`);
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? length : dim)) }];
  },
  emit(context, { inputs, outputs, attributes: { axis, start, end } }) {
    const [x] = inputs as [(typeof inputs)[0] & object];
    const until = end === x.shape[axis] ? context.ints([Number.MAX_SAFE_INTEGER]) : context.dim(end);
    context.node(
      'Slice',
      [x.name, context.dim(start), until, context.ints([axis])],
      {},
      { outputs: [outputs[0]!.name] },
    );
  },
  gradient({ inputs, attributes: { axis, start, end }, gradient: g, ops }) {
    return [ops.pad(g, { axis, before: start, after: subtractDims(inputs[0]!.shape[axis]!, end) })];
  },
  reference([x], { axis, start, end }, context) {
    const [from, to] = context.resolve([start, addDims(end, 0)]) as [number, number];
    return [sliceArray(x!, axis, from, to)];
  },
});
