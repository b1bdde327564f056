/**
 * States are updated in place: an update's ONNX output is bound to the state's own memory. ONNX Runtime picks its own
 * order among independent nodes, so every reader of a state's old value must come before the node that writes the new one,
 * by data dependency. A training step with global-norm clipping has that for free (an update needs every gradient).
 */
import { AthanorError } from '../../core/index.ts';
import type { OnnxNode } from './encode.ts';

/** Operators whose output may be a view of their input: a reader of the view reads the state. */
const views = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

/**
 * Operators that may write over the input they read (element i depends on element i alone, or they copy first), and
 * kernels made for one buffer for past and present.
 */
const inPlace = new Set(
  (
    'Add Sub Mul Div Pow Min Max Neg Exp Log Sqrt Reciprocal Abs Floor Sin Cos Tanh Sigmoid Erf Where Clip Relu ' +
    'Cast Sign ScatterND ScatterElements GroupQueryAttention Identity'
  ).split(' '),
);

/**
 * @param updates state name → name of the ONNX value that is written over it
 * @throws AthanorError('internal') naming the state, its reader and its writer, when a reader may run after the writer
 */
export function checkUpdateOrder(nodes: readonly OnnxNode[], updates: ReadonlyMap<string, string>): void {
  const graph = new Order(nodes);
  for (const [state, output] of updates) {
    const writer = graph.producers.get(output);
    if (writer === undefined) continue;
    const readers = graph.readers(state);
    const direct = graph.consumers.get(state) ?? [];
    const before = graph.ancestors(writer, Math.min(...readers));
    for (const reader of readers) {
      if (reader !== writer && before.has(reader)) continue;
      if (reader === writer && direct.includes(reader) && inPlace.has(nodes[reader]!.opType)) continue;
      throw new AthanorError(
        'internal',
        `internal: the update of '${state}' is not safe in place: ${nodes[reader]!.name} (${nodes[reader]!.opType}) reads the old ` +
          `value and ${nodes[writer]!.name} (${nodes[writer]!.opType}) writes the new one, in no fixed order`,
        {
          place: state,
          hint: 'Make the update depend on that reader: clip by the global norm, or wrap a small factor in after(x, [reader]).',
          values: { state, reader: nodes[reader]!.name, writer: nodes[writer]!.name },
        },
      );
    }
  }
}

/** Who makes and who reads each value. Nodes stand in topological order. */
class Order {
  readonly producers = new Map<string, number>();
  readonly consumers = new Map<string, number[]>();
  private readonly nodes: readonly OnnxNode[];

  constructor(nodes: readonly OnnxNode[]) {
    this.nodes = nodes;
    for (const [index, node] of nodes.entries()) {
      for (const output of node.outputs) if (output) this.producers.set(output, index);
      for (const input of new Set(node.inputs)) {
        const list = this.consumers.get(input);
        if (list) list.push(index);
        else this.consumers.set(input, [index]);
      }
    }
  }

  /** All nodes that read a value's memory, also through views. */
  readers(value: string): number[] {
    const found = new Set<number>();
    const open = [value];
    for (let name = open.pop(); name !== undefined; name = open.pop())
      for (const index of this.consumers.get(name) ?? []) {
        found.add(index);
        const node = this.nodes[index]!;
        if (views.has(node.opType) && node.inputs[0] === name) open.push(node.outputs[0]!);
      }
    return [...found];
  }

  /** Nodes that must run before `index`, as far back as `first`. */
  ancestors(index: number, first: number): Set<number> {
    const seen = new Set<number>();
    const open = [index];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const input of this.nodes[at]!.inputs) {
        const producer = this.producers.get(input);
        if (producer === undefined || producer < first || seen.has(producer)) continue;
        seen.add(producer);
        open.push(producer);
      }
    return seen;
  }
}
