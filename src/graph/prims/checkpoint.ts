import { apply, type GraphNode, reachableNodes, substitute, type Tensor } from '../ir.ts';
import { definePrim, type Prim } from '../prim.ts';

/**
 * Marks the end of a region that is recomputed for its gradient. Inputs: the region's output y, then the tensors that the
 * region is a function of. The value is y; where y depends on none of these, the node is but a second name for y.
 *
 * The gradient does not walk back into the region but rebuilds it and walks back through the copy. Two orders make memory
 * really fall, whatever order the engine chooses among independent nodes (ONNX Runtime goes depth first from the results,
 * and would gladly run all weights' gradients at the very end, keeping every recomputed activation until then):
 * - the copy's inputs wait for the gradient of y: it is not computed before it is due;
 * - the gradients that leave through the region's inputs wait for those of everything else that the region reads (its weights):
 *   the copy is dead before the previous region's copy is made.
 * Regions inside of regions do the same in their turn.
 */
export const checkpoint: Prim<Record<never, never>> = definePrim({
  name: 'checkpoint',
  infer: ([y]) => [{ dtype: y!.dtype, shape: y!.shape }],
  emit: (context, { inputs }) => context.alias(0, inputs[0]!.name),
  gradient({ inputs: [y, ...inputs], gradient: g, needs, vjp, backpropagate, ops }) {
    if (inputs.length === 0) return [g];
    const delayed = inputs.map((x) => ops.after(x, [g]));
    const captured = capturedBy(y!, new Set(inputs)).filter(needs);
    // Under other names, so that the gradients which the region gives them are had apart from all others.
    const renamed = captured.map((x) => apply(checkpoint, [x], {}));
    const outside = [...inputs, ...captured];
    const inside = [...delayed, ...renamed];
    const copy = substitute([y!], new Map(outside.map((x, i) => [x, inside[i]!])))[0]!;
    if (copy === y) return [g];
    const gradients = vjp(
      copy,
      g,
      outside.map((x, i) => (needs(x) ? inside[i] : undefined)),
    );
    const own = gradients.slice(inputs.length);
    captured.forEach((x, i) => {
      if (own[i]) backpropagate(x, own[i]);
    });
    const dependencies = own.filter((gradient) => gradient !== undefined);
    return [undefined, ...inputs.map((_, i) => gradients[i] && ops.after(gradients[i], dependencies))];
  },
  reference: ([y]) => [y!],
});

/** Tensors from outside that nodes between `inputs` and `y` read: weights, masks, tables. */
function capturedBy(y: Tensor, inputs: ReadonlySet<Tensor>): Tensor[] {
  const inside = new Set<GraphNode>();
  const captured = new Set<Tensor>();
  for (const node of reachableNodes([y], inputs)) {
    if (!node.inputs.some((input) => inputs.has(input) || inside.has(input.node))) continue;
    inside.add(node);
    for (const input of node.inputs) if (!inputs.has(input) && !inside.has(input.node)) captured.add(input);
  }
  return [...captured];
}
