/**
 * Runs a graph in float64 by the prims' references: the referee of tests, and enough for tiny tools. Knows no prim by
 * name; slow on purpose.
 */
import { AthanorError } from '../core/index.ts';
import { dimNames, formatShape, resolveDim } from './dims.ts';
import { reachableNodes, type Tensor } from './ir.ts';
import { type NdArray, sizeOf } from './reference/ndarray.ts';
import { type GraphSpec, specTensors } from './spec.ts';
import type { Shape, TensorType } from './types.ts';

/** Values of inputs and states by name. */
export type Feeds = Readonly<Record<string, NdArray>>;

/** Values of tensors, in their order. @throws AthanorError('bad-input') for a missing feed, ('shape') for a wrong one */
export function evaluateTensors(tensors: readonly Tensor[], feeds: Feeds): NdArray[] {
  const nodes = reachableNodes(tensors);
  const sizes = bindDims(
    nodes.filter((node) => node.inputs.length === 0).flatMap((node) => node.outputs),
    feeds,
  );
  const values = new Map<Tensor, NdArray>();
  const resolve = (shape: Shape) => shape.map((dim) => resolveDim(dim, sizes));
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const results = node.prim.reference(inputs, node.attributes, {
      resolve,
      inputs: node.inputs,
      outputs: node.outputs,
      external: (name) => feedOf(feeds, name),
    });
    node.outputs.forEach((output, index) => {
      const value = results[index]!;
      const expected = resolve(output.shape);
      if (expected.join() !== value.shape.join() || value.data.length !== sizeOf(expected))
        throw new AthanorError(
          'internal',
          `internal: the reference of ${node.prim.name} made ${formatShape(value.shape)}, its shape rule says ${formatShape(expected)}`,
        );
      values.set(output, value);
    });
  }
  return tensors.map((tensor) => values.get(tensor)!);
}

/** Values of a spec's outputs, and of its updates as `${state}.next`. */
export function evaluate(spec: GraphSpec, feeds: Feeds): Record<string, NdArray> {
  const names = [...Object.keys(spec.outputs), ...Object.keys(spec.updates ?? {}).map((name) => `${name}.next`)];
  const values = evaluateTensors(specTensors(spec), feeds);
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

function feedOf(feeds: Feeds, name: string): NdArray {
  const value = feeds[name];
  if (!value) throw new AthanorError('bad-input', `no value for '${name}'`, { values: { fed: Object.keys(feeds) } });
  return value;
}

/** Sizes of named dims, read off the fed values. */
export function bindDims(leaves: readonly Tensor[], feeds: Feeds): Map<string, number> {
  const sizes = new Map<string, number>();
  const checks: [name: string, type: TensorType, value: NdArray][] = [];
  for (const leaf of leaves) {
    const { name } = leaf.node.attributes as { name?: unknown };
    if (typeof name !== 'string') continue;
    const value = feedOf(feeds, name);
    checks.push([name, leaf, value]);
    leaf.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && dimNames(dim)[0] === dim) sizes.set(dim, value.shape[axis] ?? -1);
    });
  }
  for (const [name, type, value] of checks) {
    const fits = type.shape.length === value.shape.length;
    if (!fits || type.shape.some((dim, axis) => resolveDim(dim, sizes) !== value.shape[axis]))
      throw new AthanorError(
        'shape',
        `'${name}' was fed ${formatShape(value.shape)}; expected ${formatShape(type.shape)}`,
      );
  }
  return sizes;
}
