/**
 * One walk over the graph that leaves the same values with less work:
 * equal nodes become one · a view of a view, or a transpose of a transpose, becomes one · a broadcast that the consumer does
 * itself is dropped · rows are scattered into a gradient instead of into zeros that are then added to it.
 * Only rewrites that ONNX Runtime does not do, or that shorten its work at start, stand here.
 */
import { broadcastShapes, shapesEqual } from '../dims.ts';
import { apply, applyAll, type GraphNode, inScope, reachableNodes, type Tensor } from '../ir.ts';
import * as ops from '../ops/index.ts';
import type { ConstantAttributes } from '../prims/constant.ts';
import { sumSquares as sumSquaresPrim } from '../prims/sum-squares.ts';
import type { ReductionAttributes } from '../reduction.ts';
import type { GraphSpec } from '../spec.ts';
import { specTensors } from '../spec.ts';
import type { Shape } from '../types.ts';

export function simplify(spec: GraphSpec): GraphSpec {
  const walk = new Simplifier();
  const replaced = walk.run(specTensors(spec));
  const rename = (tensors: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, replaced.get(tensor) ?? tensor]));
  return { outputs: rename(spec.outputs), updates: rename(spec.updates ?? {}) };
}

class Simplifier {
  private readonly replaced = new Map<Tensor, Tensor>();
  private readonly known = new Map<string, readonly Tensor[]>();
  /** How often each tensor of the old graph is read: some rewrites pay only for a single reader. */
  private readonly readers = new Map<Tensor, number>();

  run(tensors: readonly Tensor[]): ReadonlyMap<Tensor, Tensor> {
    const nodes = reachableNodes(tensors);
    for (const tensor of [...tensors, ...nodes.flatMap((node) => node.inputs)])
      this.readers.set(tensor, (this.readers.get(tensor) ?? 0) + 1);
    for (const node of nodes) this.visit(node);
    return this.replaced;
  }

  private visit(node: GraphNode): void {
    const inputs = node.inputs.map((input) => this.replaced.get(input) ?? input);
    const rewritten = inScope(node.scope, () => this.rewrite(node, inputs));
    if (rewritten) {
      this.replaced.set(node.outputs[0]!, rewritten);
      return;
    }
    const outputs = this.intern(node, inputs);
    if (outputs === node.outputs) return;
    for (const [index, output] of node.outputs.entries()) this.replaced.set(output, outputs[index]!);
  }

  /** The outputs of an equal node seen before, or of this one on its new inputs. */
  private intern(node: GraphNode, inputs: readonly Tensor[]): readonly Tensor[] {
    const key = keyOf(node, inputs);
    const same = key === undefined ? undefined : this.known.get(key);
    if (same) return same;
    // All but leaves are built anew, so that ids keep the order of the old graph: it decides the engine's schedule.
    const leaf = inputs.length === 0;
    const outputs = leaf ? node.outputs : inScope(node.scope, () => applyAll(node.prim, inputs, node.attributes));
    if (key !== undefined) this.known.set(key, outputs);
    return outputs;
  }

  /** A cheaper tensor of the same value, type and shape, or undefined. */
  private rewrite(node: GraphNode, inputs: readonly Tensor[]): Tensor | undefined {
    const [output] = node.outputs as [Tensor];
    const [x, y] = inputs;
    switch (node.prim.name) {
      case 'reshape':
        return x!.node.prim.name === 'reshape' ? ops.reshape(x!.node.inputs[0]!, output.shape) : undefined;
      case 'transpose':
        return x!.node.prim.name === 'transpose' ? ops.transpose(x!.node.inputs[0]!, composed(node, x!)) : undefined;
      case 'add':
        return (
          this.scatterInto(node, x!, y!, 0) ??
          this.scatterInto(node, y!, x!, 1) ??
          this.unexpand(node, inputs) ??
          this.gatherTerms(node, inputs)
        );
      case 'sum':
        return this.square(node, x!);
      case 'mul':
        if (isScalar(x!, 1) && shapesEqual(y!.shape, output.shape)) return y;
        if (isScalar(y!, 1) && shapesEqual(x!.shape, output.shape)) return x;
        return this.unexpand(node, inputs);
      default:
        return broadcasting.has(node.prim.name) ? this.unexpand(node, inputs) : undefined;
    }
  }

  /** scatterAdd(zeros, i, u) + g → scatterAdd(g, i, u), when nothing else reads the scattered sum. */
  private scatterInto(node: GraphNode, scattered: Tensor, base: Tensor, position: 0 | 1): Tensor | undefined {
    const { prim, inputs } = scattered.node;
    if (prim.name !== 'scatter-add' || this.readers.get(node.inputs[position]!) !== 1) return undefined;
    const filler = inputs[0]!.node;
    if (filler.prim.name !== 'expand' || !isScalar(filler.inputs[0]!, 0)) return undefined;
    return shapesEqual(base.shape, scattered.shape) ? ops.scatterAdd(base, inputs[1]!, inputs[2]!) : undefined;
  }

  /** Additions of three scalars or more → one node (see prims/add-all.ts). */
  private gatherTerms(node: GraphNode, inputs: readonly Tensor[]): Tensor | undefined {
    const terms = inputs.flatMap((input, i) => {
      const inner = input.node.prim.name === 'add' || input.node.prim.name === 'add-all';
      const single = inner && this.readers.get(node.inputs[i]!) === 1;
      return single && input.node.inputs.every((term) => term.shape.length === 0) ? input.node.inputs : [input];
    });
    const scalars = terms.every((term) => term.shape.length === 0);
    return scalars && terms.length > 2 ? ops.addAll(terms) : undefined;
  }

  /** Σ x·x → one pass over x, when nothing else reads the product. */
  private square(node: GraphNode, product: Tensor): Tensor | undefined {
    const [a, b] = product.node.inputs;
    if (product.node.prim.name !== 'mul' || a !== b || this.readers.get(node.inputs[0]!) !== 1) return undefined;
    return apply(sumSquaresPrim, [a!], node.attributes as ReductionAttributes);
  }

  /** f(expand(a), b) → f(a, b), when f broadcasts a to the same shape. */
  private unexpand(node: GraphNode, inputs: readonly Tensor[]): Tensor | undefined {
    for (const [i, input] of inputs.entries()) {
      if (input.node.prim.name !== 'expand') continue;
      const source = input.node.inputs[0]!;
      const next = inputs.map((other, j) => (j === i ? source : other));
      const shape = next.reduce<Shape | undefined>((sum, other) => sum && broadcastShapes(sum, other.shape), []);
      if (!shape || !shapesEqual(shape, node.outputs[0]!.shape)) continue;
      return this.unexpand(node, next) ?? applyAll(node.prim, next, node.attributes)[0];
    }
    return undefined;
  }
}

const broadcasting = new Set([
  ...['sub', 'div', 'pow', 'minimum', 'maximum', 'where', 'logical-and', 'logical-or'],
  ...['equal', 'less', 'less-equal', 'greater', 'greater-equal'],
]);

function composed(node: GraphNode, inner: Tensor): number[] {
  const perm = (of: GraphNode) => (of.attributes as { perm: readonly number[] }).perm;
  return perm(node).map((axis) => perm(inner.node)[axis]!);
}

function isScalar(tensor: Tensor, value: number): boolean {
  if (tensor.node.prim.name !== 'constant' || tensor.shape.length > 0) return false;
  return Number((tensor.node.attributes as ConstantAttributes).values[0]) === value;
}

/** Equal keys, equal values. Undefined where attributes are not plain small data. */
function keyOf(node: GraphNode, inputs: readonly Tensor[]): string | undefined {
  const { name } = node.prim;
  if (name === 'constant') {
    const { values, dtype, shape } = node.attributes as ConstantAttributes;
    return values.length > 16 ? undefined : `constant ${dtype} ${shape.join()}: ${Array.from(values, exact).join()}`;
  }
  const attributes = node.attributes as Readonly<Record<string, unknown>>;
  const plain = Object.values(attributes).every((value) => typeof value !== 'function' && !ArrayBuffer.isView(value));
  if (!plain) return undefined;
  return `${name} ${inputs.map((input) => input.id).join()} ${JSON.stringify(attributes)}`;
}

/** −0 is not 0. */
const exact = (value: number | bigint): string => (Object.is(value, -0) ? '-0' : String(value));
