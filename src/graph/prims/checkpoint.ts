import { apply, substitute, type Tensor } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { barrier } from './barrier.ts';

/**
 * Marks the end of a region that is recomputed for its gradient. Inputs: the region's output y, then the tensors that the
 * region is a function of. The value is y.
 *
 * The gradient does not walk back into the region but rebuilds it on its inputs, each behind a barrier that waits for the
 * gradient of y, and walks back through the copy. So nothing of the original region is read by the backward pass, and
 * the copy cannot be computed before it is due. Regions inside of regions do the same in their turn.
 */
export const checkpoint = definePrim({
  name: 'checkpoint',
  infer: ([y]) => [{ dtype: y!.dtype, shape: y!.shape }],
  emit: (context, { inputs }) => context.alias(0, inputs[0]!.name),
  gradient({ inputs: [y, ...inputs], gradient: g, backpropagate }) {
    const delayed = new Map(inputs.map((x): [Tensor, Tensor] => [x, apply(barrier, [x, g], {})]));
    backpropagate(substitute([y!], delayed)[0]!, g);
    return [];
  },
  reference: ([y]) => [y!],
});
