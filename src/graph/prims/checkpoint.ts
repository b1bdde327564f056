import { apply, type GraphNode, reachableNodes, substitute, type Tensor } from '../ir.ts';
import { definePrim, type Prim } from '../prim.ts';

/**
 * Marks the end of a region that is recomputed for its gradient. Inputs: the region's output y, then the tensors that the
 * region is a function of. The value is y; without inputs of a region it is a second name for y.
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
    // Renamed, so that their gradients inside of the region are had apart.
    const captured = capturedBy(y!, new Set(inputs)).filter(needs);
    const renamed = captured.map((x) => apply(checkpoint, [x], {}));
    const pairs = (from: readonly Tensor[], to: readonly Tensor[]) => from.map((x, i): [Tensor, Tensor] => [x, to[i]!]);
    const replacements = new Map([...pairs(inputs, delayed), ...pairs(captured, renamed)]);
    const copy = substitute([y!], replacements)[0]!;
    const wanted = inputs.flatMap((x, i) => (needs(x) ? [delayed[i]!] : []));
    const gradients = vjp(copy, g, [...wanted, ...renamed]);
    const local = new Map<Tensor, Tensor | undefined>(pairs([...wanted, ...renamed], gradients as Tensor[]));
    const dependencies = renamed.map((x) => local.get(x)).filter((x) => x !== undefined);
    captured.forEach((x, i) => {
      const gradient = local.get(renamed[i]!);
      if (gradient) backpropagate(x, gradient);
    });
    const leaving = delayed.map((x) => local.get(x));
    return [undefined, ...leaving.map((gradient) => gradient && ops.after(gradient, dependencies))];
  },
  reference: ([y]) => [y!],
});

/** Tensors from outside that nodes between `inputs` and `y` read. */
function capturedBy(y: Tensor, inputs: ReadonlySet<Tensor>): Tensor[] {
  const inside = new Set<GraphNode>();
  for (const node of reachableNodes([y])) {
    const depends = node.inputs.some((input) => inputs.has(input) || inside.has(input.node));
    if (depends && !node.outputs.some((output) => inputs.has(output))) inside.add(node);
  }
  const read = [...inside].flatMap((node) => node.inputs);
  return [...new Set(read)].filter((input) => !inputs.has(input) && !inside.has(input.node));
}
