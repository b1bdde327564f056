import { shapeSize, shapesEqual } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { reshape as reshapeArray } from '../reference/ndarray.ts';
import type { Shape } from '../types.ts';

/** The same elements, row-major, under another shape of the same size. No copy at run time. */
export const reshape = definePrim<{ readonly shape: Shape }>({
  name: 'reshape',
  infer(inputs, { shape }) {
    const x = inputs[0]!;
    if (shapeSize(x.shape) !== shapeSize(shape))
      throw shapeError(
        'reshape',
        inputs,
        `as many elements as [${shape.join(', ')}]`,
        `It has ${shapeSize(x.shape)}, the target ${shapeSize(shape)}.`,
      );
    return [{ dtype: x.dtype, shape }];
  },
  emit(context, { inputs, outputs }) {
    const [x] = inputs as [(typeof inputs)[0] & object];
    const { shape } = outputs[0]!;
    if (shapesEqual(x.shape, shape)) return context.alias(0, x.name);
    context.node('Reshape', [x.name, target()], hasZero() ? { allowzero: 1 } : {}, { outputs: [outputs[0]!.name] });

    function hasZero(): boolean {
      return shape.includes(0);
    }
    /** Named dims cost nothing when one is left to -1 and the others stand where the input has them (0 copies). */
    function target(): string {
      if (hasZero()) return context.shape(shape);
      const named = shape.flatMap((dim, axis) => (typeof dim === 'string' && dim !== x.shape[axis] ? [axis] : []));
      if (named.length > 1) return context.shape(shape);
      return context.ints(shape.map((dim, axis) => (typeof dim === 'number' ? dim : named[0] === axis ? -1 : 0)));
    }
  },
  gradient: ({ inputs, gradient: g, ops }) => [ops.reshape(g, inputs[0]!.shape)],
  reference: ([x], { shape }, context) => [reshapeArray(x!, context.resolve(shape))],
});
