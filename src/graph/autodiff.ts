/**
 * Reverse-mode differentiation: walks nodes from the loss backwards and asks each prim for its inputs' gradients. The
 * result is more graph, so it can be differentiated again. Knows no prim by name.
 */
import { AthanorError, invariant } from '../core/index.ts';
import { formatShape, shapesEqual } from './dims.ts';
import { describe, type GraphNode, inScope, type Tensor } from './ir.ts';
import * as ops from './ops/index.ts';
import { isFloat } from './types.ts';

/**
 * d loss / d each of `wrt`, of its shape and element type; zeros where the loss does not depend on it.
 * @throws AthanorError('shape') when the loss is not one float
 * @throws AthanorError('unsupported') when an operator on the way has no gradient
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length > 0 || !isFloat(loss.dtype))
    throw new AthanorError('shape', `grad: the loss is ${describe(loss)}; expected a float scalar []`, {
      hint: 'Reduce it with sum or mean.',
    });
  const walk = new ReverseWalk(wrt);
  walk.add(loss, ops.constant(1, [], loss.dtype));
  const gradients = walk.run();
  return wrt.map((tensor) => gradients.get(tensor) ?? ops.zeros(tensor.shape, tensor.dtype));
}

/** See `GradientContext.vjp`. */
function vjp(output: Tensor, gradient: Tensor, wrt: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
  const walk = new ReverseWalk(wrt.filter((tensor) => tensor !== undefined));
  walk.add(output, gradient);
  const gradients = walk.run();
  return wrt.map((tensor) => tensor && gradients.get(tensor));
}

/** One backward pass. Nodes wait in a heap by id: every consumer of a tensor has a larger id than its producer. */
class ReverseWalk {
  private readonly gradients = new Map<Tensor, Tensor>();
  private readonly waiting: GraphNode[] = [];
  private readonly queued = new Set<GraphNode>();
  private readonly targets: ReadonlySet<Tensor>;
  private readonly relevance = new Map<GraphNode, boolean>();

  constructor(wrt: readonly Tensor[]) {
    this.targets = new Set(wrt);
  }

  /** Adds to a tensor's gradient; ignored when nothing asked for lies behind it. */
  add(tensor: Tensor, gradient: Tensor): void {
    if (!this.needed(tensor)) return;
    invariant(
      shapesEqual(tensor.shape, gradient.shape) && tensor.dtype === gradient.dtype,
      `gradient ${gradient.dtype} ${formatShape(gradient.shape)} of ${describe(tensor)}, from ${describe(gradient)}`,
    );
    const sum = this.gradients.get(tensor);
    this.gradients.set(tensor, sum ? ops.add(sum, gradient) : gradient);
    this.enqueue(tensor.node);
  }

  run(): ReadonlyMap<Tensor, Tensor> {
    for (let node = this.dequeue(); node; node = this.dequeue()) this.visit(node);
    return this.gradients;
  }

  private visit(node: GraphNode): void {
    const { prim, inputs, outputs, attributes, scope } = node;
    if (prim.gradient === 'zero' || !inputs.some((input) => this.needed(input))) return;
    if (prim.gradient === 'none')
      throw new AthanorError(
        'unsupported',
        `the loss depends on ${prim.name}${scope ? ` in ${scope}` : ''}, which has no gradient`,
        {
          place: scope || prim.name,
          hint: 'Put stopGradient around it if it is not to be trained through.',
        },
      );
    const rule = prim.gradient;
    const outputGradients = outputs.map((output) => this.gradients.get(output));
    const parts = inScope(scope ? `${scope}.grad` : 'grad', () =>
      rule({
        inputs,
        outputs,
        attributes,
        outputGradients,
        get gradient() {
          invariant(outputGradients[0], `${prim.name}: no gradient of its first output`);
          return outputGradients[0];
        },
        needed: inputs.map((input) => this.needed(input)),
        ops,
        backpropagate: (tensor, gradient) => this.add(tensor, gradient),
        needs: (tensor) => this.needed(tensor),
        vjp,
      }),
    );
    inScope(scope ? `${scope}.grad` : 'grad', () => {
      parts.forEach((part, i) => {
        if (part) this.add(inputs[i]!, part);
      });
    });
  }

  /** True when the tensor is asked for, or leads back to one that is. */
  private needed(tensor: Tensor): boolean {
    return isFloat(tensor.dtype) && (this.targets.has(tensor) || this.relevant(tensor.node));
  }

  /** Whether a gradient at this node's outputs reaches a target; worked out without recursion: graphs are deep. */
  private relevant(root: GraphNode): boolean {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (this.relevance.has(node)) {
        stack.pop();
        continue;
      }
      if (node.prim.gradient === 'zero') {
        this.relevance.set(node, false);
        continue;
      }
      const open = node.inputs.filter((input) => !this.targets.has(input) && !this.relevance.has(input.node));
      if (open.length > 0) {
        for (const input of open) stack.push(input.node);
        continue;
      }
      const hit = node.inputs.some((input) => this.targets.has(input) || this.relevance.get(input.node));
      this.relevance.set(node, hit);
    }
    return this.relevance.get(root)!;
  }

  private enqueue(node: GraphNode): void {
    if (this.queued.has(node)) return;
    this.queued.add(node);
    const heap = this.waiting;
    let at = heap.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.id >= node.id) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = node;
  }

  private dequeue(): GraphNode | undefined {
    const heap = this.waiting;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.id > heap[child]!.id) child++;
      if (heap[child]!.id <= last.id) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
