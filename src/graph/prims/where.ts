import { broadcastShapes } from '../dims.ts';
import { type None, sumTo } from '../elementwise.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { zip } from '../reference/ndarray.ts';

/** condition ? a : b, all three broadcast. */
export const where = definePrim<None>({
  name: 'where',
  infer(inputs) {
    const [condition, a, b] = inputs;
    if (condition?.dtype !== 'bool' || !a || !b || a.dtype !== b.dtype)
      throw shapeError('where', inputs, 'a bool condition and two tensors of one element type');
    const both = broadcastShapes(a.shape, b.shape);
    const shape = both && broadcastShapes(condition.shape, both);
    if (!shape)
      throw shapeError('where', inputs, 'shapes that broadcast', 'Use reshape or expand to line the axes up.');
    return [{ dtype: a.dtype, shape }];
  },
  emit(context, { inputs, outputs }) {
    context.node(
      'Where',
      inputs.map((x) => x.name),
      {},
      { outputs: [outputs[0]!.name] },
    );
  },
  gradient({ inputs: [condition, a, b], gradient: g, needed, ops }) {
    return [
      undefined,
      needed[1] ? sumTo(ops.where(condition!, g, 0), a!.shape, ops) : undefined,
      needed[2] ? sumTo(ops.where(condition!, 0, g), b!.shape, ops) : undefined,
    ];
  },
  reference: (inputs) => [zip(inputs, (condition, a, b) => (condition ? a! : b!))],
});
