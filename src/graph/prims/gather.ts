import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { gather as gatherRows } from '../reference/ndarray.ts';
import { isInteger } from '../types.ts';

/** Slices of x along `axis` at `indices`: shape x[:axis] + indices + x[axis+1:]. An embedding is axis 0. */
export const gather = definePrim<{ readonly axis: number }>({
  name: 'gather',
  infer(inputs, { axis }) {
    const [x, indices] = inputs;
    if (!x || !indices || !isInteger(indices.dtype) || axis < 0 || axis >= x.shape.length)
      throw shapeError('gather', inputs, `a tensor with an axis ${axis}, and int64 indices`);
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  emit(context, { inputs, outputs, attributes: { axis } }) {
    context.node(
      'Gather',
      inputs.map((x) => x.name),
      { axis },
      { outputs: [outputs[0]!.name] },
    );
  },
  gradient({ inputs: [x, indices], attributes: { axis }, gradient: g, ops }) {
    if (axis === 0) return [ops.scatterAdd(ops.zeros(x!.shape, x!.dtype), indices!, g), undefined];
    // Bring the gathered axis to the front, add rows there, and put it back.
    const width = indices!.shape.length;
    const axes = [...g.shape.keys()];
    const picked = axes.slice(axis, axis + width);
    const rows = ops.transpose(g, [...picked, ...axes.slice(0, axis), ...axes.slice(axis + width)]);
    const order = [axis, ...x!.shape.keys()].filter((value, i) => i === 0 || value !== axis);
    const zeros = ops.zeros(
      order.map((i) => x!.shape[i]!),
      x!.dtype,
    );
    const total = ops.scatterAdd(zeros, indices!, rows);
    return [
      ops.transpose(
        total,
        [...order.keys()].map((i) => order.indexOf(i)),
      ),
      undefined,
    ];
  },
  reference: ([x, indices], { axis }) => [gatherRows(x!, indices!, axis)],
});
