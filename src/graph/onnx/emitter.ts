/** The EmitContext that prims write to: collects ONNX nodes, constants and shape arithmetic for one model. */
import { AthanorError, invariant } from '../../core/index.ts';
import { dimNames, dimTerms } from '../dims.ts';
import type { EmitContext, EmitOptions, EmitOutput, Target } from '../prim.ts';
import type { Dim, DType, Shape, TensorType, TypedArray } from '../types.ts';
import { ConstantPool } from './constants.ts';
import { type OnnxAttribute, type OnnxNode, onnxDataType } from './encode.ts';

/** Where a named dim can be read: axis `axis` of the graph input `name`. */
export interface DimSource {
  readonly name: string;
  readonly axis: number;
}

export class Emitter implements EmitContext {
  readonly target: Target;
  readonly nodes: OnnxNode[] = [];
  readonly constants = new ConstantPool();
  /** Set by the owner around each node: what its ONNX nodes are called (errors of the engine name them). */
  origin = '';
  private values = 0;
  private readonly sources: ReadonlyMap<string, DimSource>;
  private readonly shapeCache = new Map<string, string>();
  private readonly onAlias: (index: number, name: string) => void;
  private readonly onExternal: EmitContext['external'];

  constructor(
    target: Target,
    sources: ReadonlyMap<string, DimSource>,
    hooks: { alias: (index: number, name: string) => void; external: EmitContext['external'] },
  ) {
    this.target = target;
    this.sources = sources;
    this.onAlias = hooks.alias;
    this.onExternal = hooks.external;
  }

  contrib(dtype: DType): boolean {
    return this.target !== 'webgpu' && dtype === 'float32';
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute | undefined>> = {},
    options: EmitOptions = {},
  ): string {
    const outputs = options.outputs ?? [this.fresh()];
    const name = `${this.origin}#${this.nodes.length}`;
    this.nodes.push({ opType, domain: options.domain, name, inputs, outputs, attributes });
    return outputs[0]!;
  }

  fresh(): string {
    return `v${this.values++}`;
  }

  alias(index: number, name: string): void {
    this.onAlias(index, name);
  }

  external(kind: 'input' | 'state', name: string, type: TensorType, attributes: unknown): string {
    return this.onExternal(kind, name, type, attributes);
  }

  constant(dtype: DType, values: TypedArray | readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constants.add(dtype, values, shape);
  }

  scalar(dtype: DType, value: number): string {
    return this.constants.add(dtype, [value], []);
  }

  ints(values: readonly number[]): string {
    return this.constants.add('int64', values, [values.length]);
  }

  cast(name: string, output: EmitOutput): void {
    this.node('Cast', [name], { to: onnxDataType[output.dtype] }, { outputs: [output.name] });
  }

  shape(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.ints(shape);
    return this.cached(`shape ${shape.join()}`, () => {
      const parts = shape.map((dim) => this.dim(dim));
      return parts.length === 1 ? parts[0]! : this.node('Concat', parts, { axis: 0 });
    });
  }

  dim(dim: Dim): string {
    if (typeof dim === 'number') return this.ints([dim]);
    return this.cached(`dim ${dim}`, () => {
      if (dimNames(dim)[0] === dim) return this.namedDim(dim);
      const terms = dimTerms(dim).map(([coefficient, names]) => {
        const factors = names.map((name) => this.dim(name));
        if (coefficient !== 1 || factors.length === 0) factors.push(this.ints([coefficient]));
        return factors.reduce((left, right) => this.node('Mul', [left, right]));
      });
      return terms.reduce((left, right) => this.node('Add', [left, right]));
    });
  }

  private namedDim(name: string): string {
    const source = this.sources.get(name);
    if (!source)
      throw new AthanorError('shape', `the size of dimension '${name}' is not known: no input of the graph has it`, {
        hint: `Declare an input with '${name}' in its shape and use it.`,
        values: { known: [...this.sources.keys()] },
      });
    return this.node('Shape', [source.name], { start: source.axis, end: source.axis + 1 });
  }

  private cached(key: string, make: () => string): string {
    const known = this.shapeCache.get(key);
    if (known) return known;
    const name = make();
    this.shapeCache.set(key, name);
    return name;
  }
}

/** Checks that a prim made exactly the outputs that it should. */
export function checkEmission(prim: string, made: ReadonlySet<string>, outputs: readonly EmitOutput[]): void {
  for (const output of outputs)
    invariant(made.has(output.name) || !output.used, `the emission of ${prim} did not make its output ${output.name}`);
}
