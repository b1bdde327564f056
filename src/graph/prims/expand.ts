import { broadcastShapes, shapesEqual } from '../dims.ts';
import { sumTo } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { broadcastTo } from '../reference/ndarray.ts';
import type { Shape } from '../types.ts';

/** x repeated along axes of size 1 (and new leading ones) up to `shape`. */
export const expand = definePrim<{ readonly shape: Shape }>({
  name: 'expand',
  infer(inputs, { shape }) {
    const x = inputs[0]!;
    const result = broadcastShapes(x.shape, shape);
    if (!result || !shapesEqual(result, shape))
      throw shapeError('expand', inputs, `a shape that repeats to [${shape.join(', ')}]`);
    return [{ dtype: x.dtype, shape }];
  },
  emit(context, { inputs, outputs, attributes: { shape } }) {
    context.node('Expand', [inputs[0]!.name, context.shape(shape)], {}, { outputs: [outputs[0]!.name] });
  },
  gradient: ({ inputs, gradient: g, ops }) => [sumTo(g, inputs[0]!.shape, ops)],
  reference: ([x], { shape }, context) => [broadcastTo(x!, context.resolve(shape))],
});
