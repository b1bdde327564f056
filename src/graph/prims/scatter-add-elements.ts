import { shapesEqual } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { scatterAddElements as add } from '../reference/ndarray.ts';

/** base with `updates` added, each at its own index along `axis`: the adjoint of gather-elements. */
export const scatterAddElements = definePrim<{ readonly axis: number }>({
  name: 'scatter-add-elements',
  infer(inputs, { axis }) {
    const [base, indices, updates] = inputs;
    const fits =
      base &&
      indices?.dtype === 'int64' &&
      updates?.dtype === base.dtype &&
      shapesEqual(indices.shape, updates.shape) &&
      axis >= 0 &&
      axis < base.shape.length &&
      indices.shape.length === base.shape.length &&
      indices.shape.every((dim, i) => i === axis || dim === base.shape[i]);
    if (!fits)
      throw shapeError('scatterAddElements', inputs, `indices and updates of the base's shape but for axis ${axis}`);
    return [{ dtype: base.dtype, shape: base.shape }];
  },
  emit(context, { inputs, outputs, attributes: { axis } }) {
    const names = inputs.map((x) => x.name);
    context.node('ScatterElements', names, { axis, reduction: 'add' }, { outputs: [outputs[0]!.name] });
  },
  gradient({ inputs: [, indices], attributes, gradient: g, needed, ops }) {
    return [g, undefined, needed[2] ? ops.gatherElements(g, indices!, attributes) : undefined];
  },
  reference: ([base, indices, updates], { axis }) => [add(base!, indices!, updates!, axis)],
});
