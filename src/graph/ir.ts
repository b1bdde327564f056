/**
 * The graph: immutable nodes that point to their inputs. A graph is whatever is reachable from some tensors, so dead
 * code does not exist. Ids only grow: a producer's id is smaller than its consumers', which gives every walk its order.
 * Knows prims only by their interface.
 */
import { AthanorError, invariant } from '../core/index.ts';
import { formatShape } from './dims.ts';
import type { AnyPrim, Prim } from './prim.ts';
import type { Shape, TensorType } from './types.ts';

/** A value computed by a node. Symbolic: it has a type, not data. */
export interface Tensor extends TensorType {
  readonly id: number;
  readonly node: GraphNode;
  /** Which of the node's outputs it is. */
  readonly index: number;
}

export interface GraphNode {
  readonly id: number;
  readonly prim: AnyPrim;
  readonly attributes: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Where it was built: 'model.layers.0.self_attn', '' outside any `withScope`. */
  readonly scope: string;
}

let nextId = 0;
let scopes: readonly string[] = [];

/** Builds nodes under `name` (joined by '.' with the outer scopes): the place that errors speak of. */
export function withScope<Result>(name: string, build: () => Result): Result {
  const outer = scopes;
  scopes = [...outer, name];
  try {
    return build();
  } finally {
    scopes = outer;
  }
}

/** The current scope's full name. */
export function currentScope(): string {
  return scopes.join('.');
}

/** Runs `build` in exactly the scope `name` (used when nodes are derived from a node: gradients, copies). */
export function inScope<Result>(name: string, build: () => Result): Result {
  const outer = scopes;
  scopes = name === '' ? [] : [name];
  try {
    return build();
  } finally {
    scopes = outer;
  }
}

/** Adds a node and returns its outputs. @throws AthanorError('shape') when the prim's rule refuses the inputs */
export function applyAll<Attributes>(
  prim: Prim<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): readonly Tensor[] {
  const types = prim.infer(inputs, attributes);
  const outputs: Tensor[] = [];
  const node: GraphNode = { id: nextId++, prim, attributes, inputs, outputs, scope: currentScope() };
  types.forEach((type, index) => {
    outputs.push({ id: nextId++, dtype: type.dtype, shape: type.shape, node, index });
  });
  return outputs;
}

/** Adds a node with one output (or of which only the first matters). */
export function apply<Attributes>(prim: Prim<Attributes>, inputs: readonly Tensor[], attributes: Attributes): Tensor {
  const output = applyAll(prim, inputs, attributes)[0];
  invariant(output, `${prim.name} has no outputs`);
  return output;
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'node' in value && 'index' in value;
}

/** The id of the youngest tensor: what is built from now on has a larger one. */
export function newestId(): number {
  return nextId - 1;
}

/** All nodes that `tensors` need, producers before consumers (ascending id); not looking behind tensors that `stop` has. */
export function reachableNodes(tensors: readonly Tensor[], stop?: { has(tensor: Tensor): boolean }): GraphNode[] {
  const seen = new Set<GraphNode>();
  const stack = tensors.filter((tensor) => !stop?.has(tensor)).map((tensor) => tensor.node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (!stop?.has(input)) stack.push(input.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/**
 * Rebuilds the part of the graph between `replacements` and `tensors` on other inputs: wherever a key of `replacements`
 * was read, its value is read instead. Nodes that do not depend on a key are shared, not copied.
 * Ops with counter-based randomness repeat exactly.
 */
export function substitute(tensors: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const replaced = new Map<Tensor, Tensor>(replacements);
  for (const node of reachableNodes(tensors, replacements)) {
    if (!node.inputs.some((input) => replaced.has(input))) continue;
    if (node.outputs.every((output) => replaced.has(output))) continue;
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input);
    const outputs = inScope(node.scope, () => applyAll(node.prim, inputs, node.attributes));
    node.outputs.forEach((output, index) => {
      if (!replaced.has(output)) replaced.set(output, outputs[index]!);
    });
  }
  return tensors.map((tensor) => replaced.get(tensor) ?? tensor);
}

/** 'float32 [8, 64]', with the parameter's name or the producing operator and its scope for symbolic tensors. */
export function describe(type: TensorType): string {
  const text = `${type.dtype} ${formatShape(type.shape)}`;
  if (!isTensor(type)) return text;
  const { prim, attributes, scope } = type.node;
  const name = (attributes as { name?: unknown } | undefined)?.name;
  if (typeof name === 'string') return `${text} (${prim.name} '${name}')`;
  return `${text} (from ${prim.name}${scope ? ` in ${scope}` : ''})`;
}

/** The error of a shape rule: names the operator, all its inputs with their origin, what was expected, and a hint. */
export function shapeError(
  operator: string,
  inputs: readonly TensorType[],
  expected: string,
  hint?: string,
): AthanorError {
  const scope = currentScope();
  const found = inputs.map(describe).join(' and ');
  return new AthanorError(
    'shape',
    `${operator}: ${found} do${inputs.length === 1 ? 'es' : ''} not fit; expected ${expected}`,
    {
      place: scope ? `${operator} in ${scope}` : operator,
      hint,
      values: {
        operator,
        scope,
        shapes: inputs.map((input): Shape => input.shape),
        dtypes: inputs.map((input) => input.dtype),
      },
    },
  );
}
