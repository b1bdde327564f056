import { addDims } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { concat as concatArrays } from '../reference/ndarray.ts';
import type { Dim } from '../types.ts';

/** Tensors joined along an existing axis. */
export const concat = definePrim<{ readonly axis: number }>({
  name: 'concat',
  infer(inputs, { axis }) {
    const [first] = inputs;
    const fits = inputs.every(
      (x) =>
        first &&
        x.dtype === first.dtype &&
        x.shape.length === first.shape.length &&
        x.shape.every((dim, i) => i === axis || dim === first.shape[i]),
    );
    if (!first || !fits || axis < 0 || axis >= first.shape.length)
      throw shapeError('concat', inputs, `one element type, and equal shapes but for axis ${axis}`);
    const total = inputs.reduce<Dim>((size, x) => addDims(size, x.shape[axis]!), 0);
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? total : dim)) }];
  },
  emit(context, { inputs, outputs, attributes: { axis } }) {
    context.node(
      'Concat',
      inputs.map((x) => x.name),
      { axis },
      { outputs: [outputs[0]!.name] },
    );
  },
  gradient({ inputs, attributes: { axis }, gradient: g, needed, ops }) {
    if (needed.every(Boolean)) return ops.split(g, { axis, sizes: inputs.map((x) => x.shape[axis]!) });
    let start: Dim = 0;
    return inputs.map((x, i) => {
      const end: Dim = addDims(start, x.shape[axis]!);
      const part = needed[i] ? ops.slice(g, { axis, start, end }) : undefined;
      start = end;
      return part;
    });
  },
  reference: (inputs, { axis }) => [concatArrays(inputs, axis)],
});
