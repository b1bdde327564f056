import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { transpose as transposeArray } from '../reference/ndarray.ts';

/** Axis i of the result is axis perm[i] of x. */
export const transpose = definePrim<{ readonly perm: readonly number[] }>({
  name: 'transpose',
  infer(inputs, { perm }) {
    const x = inputs[0]!;
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, i) => axis !== i))
      throw shapeError('transpose', inputs, `a permutation of ${x.shape.length} axes, not [${perm.join(', ')}]`);
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) }];
  },
  emit(context, { inputs, outputs, attributes: { perm } }) {
    context.node('Transpose', [inputs[0]!.name], { perm }, { outputs: [outputs[0]!.name] });
  },
  gradient({ attributes: { perm }, gradient: g, ops }) {
    return [
      ops.transpose(
        g,
        [...perm.keys()].map((axis) => perm.indexOf(axis)),
      ),
    ];
  },
  reference: ([x], { perm }) => [transposeArray(x!, perm)],
});
