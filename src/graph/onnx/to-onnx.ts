/** Compiles a GraphSpec to an ONNX model: verify, simplify, verify, emit, check the order of in-place updates, encode. */
import { AthanorError, invariant } from '../../core/index.ts';
import { dimNames, formatShape, shapesEqual } from '../dims.ts';
import { describe, type GraphNode, reachableNodes, type Tensor } from '../ir.ts';
import { simplify } from '../passes/simplify.ts';
import type { EmitOutput, Target } from '../prim.ts';
import type { StateAttributes } from '../prims/state.ts';
import { type GraphSpec, specTensors } from '../spec.ts';
import type { DType, Initializer, Shape } from '../types.ts';
import { verify } from '../verify.ts';
import { checkEmission, type DimSource, Emitter } from './emitter.ts';
import { encodeModel } from './encode.ts';
import { checkUpdateOrder } from './update-order.ts';

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface StateInfo extends ValueInfo {
  readonly shape: readonly number[];
  readonly init: Initializer;
  readonly trainable: boolean;
}

export interface OnnxProgram {
  /** ONNX ModelProto. Its inputs are `inputs` then `states`; its outputs `outputs` then `${state}.next` of `updates`. */
  readonly model: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly states: readonly StateInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Names of the states that a run changes. */
  readonly updates: readonly string[];
  readonly nodeCount: number;
}

const OPSET = 18;

/**
 * @throws AthanorError('bad-input') for a state updated that the graph does not read, or names used twice
 * @throws AthanorError('shape') for an update of another type than its state
 * @throws AthanorError('internal') for an update that is not safe in place (see `update-order.ts`)
 */
export function toOnnx(spec: GraphSpec, options: { target?: Target; optimize?: boolean } = {}): OnnxProgram {
  verify(spec, 'build');
  let graph = spec;
  if (options.optimize ?? true) {
    graph = simplify(spec);
    verify(graph, 'simplify');
  }
  return new Compilation(graph, options.target ?? 'cpu').run();
}

class Compilation {
  private readonly spec: GraphSpec;
  private readonly nodes: readonly GraphNode[];
  private readonly names = new Map<Tensor, string>();
  private readonly inputs = new Map<string, ValueInfo>();
  private readonly states = new Map<string, StateInfo>();
  private readonly emitter: Emitter;
  private current: GraphNode | undefined;

  constructor(spec: GraphSpec, target: Target) {
    this.spec = spec;
    this.nodes = reachableNodes(specTensors(spec));
    this.emitter = new Emitter(target, dimSources(this.nodes), {
      alias: (index, name) => {
        this.names.set(this.current!.outputs[index]!, name);
      },
      external: (kind, name, { dtype, shape }, attributes) => {
        if (kind === 'input') this.inputs.set(name, { name, dtype, shape });
        else {
          const { init, trainable } = attributes as StateAttributes;
          this.states.set(name, { name, dtype, shape: shape as readonly number[], init, trainable });
        }
        return name;
      },
    });
  }

  run(): OnnxProgram {
    const results: [name: string, tensor: Tensor][] = [
      ...Object.entries(this.spec.outputs),
      ...Object.entries(this.spec.updates ?? {}).map(([state, tensor]): [string, Tensor] => [`${state}.next`, tensor]),
    ];
    // A result's producer writes it under its final name: a trailing Identity would cost a copy.
    const wanted = new Map<Tensor, string>();
    for (const [name, tensor] of results) if (!wanted.has(tensor)) wanted.set(tensor, name);
    this.emitNodes(wanted);
    for (const [name, tensor] of results) this.bindResult(name, tensor);
    const updates = Object.entries(this.spec.updates ?? {});
    for (const [state, tensor] of updates) this.checkUpdate(state, tensor);
    checkUpdateOrder(this.emitter.nodes, new Map(updates.map(([state]) => [state, `${state}.next`])));
    this.checkNames(results.map(([name]) => name));
    const externals = [...this.inputs.values(), ...this.states.values()];
    const model = encodeModel({
      nodes: this.emitter.nodes,
      initializers: this.emitter.constants.initializers,
      inputs: externals,
      outputs: results.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      opsets: { '': OPSET, 'com.microsoft': 1 },
      irVersion: 8,
    });
    return {
      model,
      inputs: [...this.inputs.values()],
      states: [...this.states.values()],
      outputs: Object.entries(this.spec.outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      updates: updates.map(([state]) => state),
      nodeCount: this.emitter.nodes.length,
    };
  }

  private emitNodes(wanted: ReadonlyMap<Tensor, string>): void {
    const used = new Set(this.nodes.flatMap((node) => node.inputs));
    for (const node of this.nodes) {
      const outputs = node.outputs.map(
        (output): EmitOutput => ({
          dtype: output.dtype,
          shape: output.shape,
          name: wanted.get(output) ?? this.emitter.fresh(),
          used: used.has(output) || wanted.has(output),
        }),
      );
      for (const [index, output] of node.outputs.entries()) this.names.set(output, outputs[index]!.name);
      const inputs = node.inputs.map(({ dtype, shape }, i) => ({ dtype, shape, name: this.nameOf(node.inputs[i]!) }));
      const start = this.emitter.nodes.length;
      this.current = node;
      this.emitter.origin = node.scope ? `${node.scope}/${node.prim.name}` : node.prim.name;
      node.prim.emit(this.emitter, { inputs, outputs, attributes: node.attributes });
      const made = new Set(this.emitter.nodes.slice(start).flatMap((item) => item.outputs));
      const aliased = outputs.filter((output, index) => this.names.get(node.outputs[index]!) !== output.name);
      for (const output of aliased) made.add(output.name);
      checkEmission(node.prim.name, made, outputs);
    }
  }

  private nameOf(tensor: Tensor): string {
    const name = this.names.get(tensor);
    invariant(name !== undefined, `no ONNX value for ${describe(tensor)}`);
    return name;
  }

  /** A result whose tensor has another name (asked for twice, an alias, an input itself) is copied. */
  private bindResult(name: string, tensor: Tensor): void {
    this.emitter.origin = `result ${name}`;
    const source = this.nameOf(tensor);
    if (source !== name) this.emitter.node('Identity', [source], {}, { outputs: [name] });
  }

  private checkUpdate(name: string, tensor: Tensor): void {
    const state = this.states.get(name);
    if (!state)
      throw new AthanorError('bad-input', `update of '${name}', which is not a state that the graph reads`, {
        hint: `States: ${[...this.states.keys()].join(', ') || '(none)'}.`,
      });
    if (state.dtype !== tensor.dtype || !shapesEqual(state.shape, tensor.shape))
      throw new AthanorError(
        'shape',
        `the update of '${name}' is ${describe(tensor)}; expected ${state.dtype} ${formatShape(state.shape)}`,
        { place: name },
      );
  }

  private checkNames(results: readonly string[]): void {
    const seen = new Set([...this.inputs.keys(), ...this.states.keys()]);
    for (const name of results) {
      if (seen.has(name))
        throw new AthanorError('bad-input', `the name '${name}' is used for two values of the graph`, {
          hint: 'Outputs need names that no input or state has.',
        });
      seen.add(name);
    }
  }
}

/** Where each named dim can be read at run time. */
function dimSources(nodes: readonly GraphNode[]): ReadonlyMap<string, DimSource> {
  const sources = new Map<string, DimSource>();
  for (const { prim, outputs, attributes } of nodes) {
    if (prim.name !== 'input') continue;
    outputs[0]!.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && dimNames(dim)[0] === dim && !sources.has(dim))
        sources.set(dim, { name: (attributes as StateAttributes).name, axis });
    });
  }
  return sources;
}
