import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { gatherElements as pick } from '../reference/ndarray.ts';

/** y[i, j, …] = x[i, indices[i, j, …], …]: one element along `axis` for each index. */
export const gatherElements = definePrim<{ readonly axis: number }>({
  name: 'gather-elements',
  infer(inputs, { axis }) {
    const [x, indices] = inputs;
    const fits =
      x &&
      indices?.dtype === 'int64' &&
      axis >= 0 &&
      axis < x.shape.length &&
      indices.shape.length === x.shape.length &&
      indices.shape.every((dim, i) => i === axis || dim === x.shape[i]);
    if (!fits) throw shapeError('gatherElements', inputs, `int64 indices of the tensor's shape but for axis ${axis}`);
    return [{ dtype: x.dtype, shape: indices.shape }];
  },
  emit(context, { inputs, outputs, attributes: { axis } }) {
    context.node(
      'GatherElements',
      inputs.map((x) => x.name),
      { axis },
      { outputs: [outputs[0]!.name] },
    );
  },
  gradient({ inputs: [x, indices], attributes, gradient: g, ops }) {
    return [ops.scatterAddElements(ops.zeros(x!.shape, x!.dtype), indices!, g, attributes), undefined];
  },
  reference: ([x, indices], { axis }) => [pick(x!, indices!, axis)],
});
