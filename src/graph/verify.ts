/**
 * Checks a graph against its own rules: run before and after every pass, so that a bug is caught where it was made.
 * Failures are our bugs (AthanorError 'internal'), but for states made twice, which users can do.
 */
import { AthanorError, invariant } from '../core/index.ts';
import { canonicalDim, formatShape, shapesEqual } from './dims.ts';
import { describe, type GraphNode, inScope, reachableNodes, type Tensor } from './ir.ts';
import type { InputAttributes } from './prims/input.ts';
import { type GraphSpec, specTensors } from './spec.ts';

/** @throws AthanorError('internal') naming the node and the `stage` that made it */
export function verify(spec: GraphSpec, stage: string): void {
  const nodes = reachableNodes(specTensors(spec));
  for (const node of nodes) verifyNode(node, stage);
  verifyNames(nodes);
}

function verifyNode(node: GraphNode, stage: string): void {
  const place = `after ${stage}: ${node.prim.name}${node.scope ? ` in ${node.scope}` : ''}`;
  for (const input of node.inputs) {
    invariant(input.node.id < node.id, `${place} reads ${describe(input)}, which is made later (a cycle?)`);
    invariant(input.node.outputs[input.index] === input, `${place} reads an output that its node does not have`);
  }
  const types = inScope(node.scope, () => node.prim.infer(node.inputs, node.attributes));
  invariant(
    types.length === node.outputs.length,
    `${place} has ${node.outputs.length} outputs, its rule ${types.length}`,
  );
  types.forEach((type, index) => {
    const output = node.outputs[index]!;
    invariant(
      type.dtype === output.dtype && shapesEqual(type.shape, output.shape),
      `${place} is ${describe(output)}, its rule says ${type.dtype} ${formatShape(type.shape)}`,
    );
    const canonical = output.shape.every((dim) => canonicalDim(dim) === dim);
    invariant(canonical, `${place} has dims that are not canonical: ${formatShape(output.shape)}`);
  });
}

/** One node for each state (gradients would miss the others' part), one type for each input, and no name used as both. */
function verifyNames(nodes: readonly GraphNode[]): void {
  const known = new Map<string, Tensor>();
  for (const { prim, outputs, attributes } of nodes) {
    if (prim.name !== 'input' && prim.name !== 'state') continue;
    const { name } = attributes as InputAttributes;
    const [tensor] = outputs as [Tensor];
    const other = known.get(name);
    known.set(name, tensor);
    if (!other) continue;
    const same = prim.name === 'input' && other.node.prim.name === 'input';
    if (same && other.dtype === tensor.dtype && shapesEqual(other.shape, tensor.shape)) continue;
    throw new AthanorError(
      'bad-input',
      `the name '${name}' stands for ${describe(other)} and for ${describe(tensor)}`,
      {
        place: name,
        hint: 'Create a parameter or state once and pass the tensor on: gradients belong to that one tensor.',
      },
    );
  }
}
