/**
 * The contract of an operator ("prim"): one object with everything there is to know about it. Leaving a part out does
 * not compile. A prim is pure data and functions; it is applied by the functions in `ops/`.
 */

import type { Tensor } from './ir.ts';
import type { OnnxAttribute } from './onnx/encode.ts';
import type { Ops } from './ops/index.ts';
import type { NdArray } from './reference/ndarray.ts';
import type { Dim, DType, Shape, TensorType, TypedArray } from './types.ts';

/** Where the ONNX model will run; contrib kernels differ. */
export type Target = 'cpu' | 'webgpu' | 'wasm';

/** An input of a node under emission: its name in the ONNX graph and its type. */
export interface EmitInput extends TensorType {
  readonly name: string;
}

/** An output under emission. `used` is false when nothing reads it: pass '' where the ONNX operator makes it optional. */
export interface EmitOutput extends TensorType {
  readonly name: string;
  readonly used: boolean;
}

export interface EmitNode<Attributes> {
  readonly inputs: readonly EmitInput[];
  readonly outputs: readonly EmitOutput[];
  readonly attributes: Attributes;
}

export interface EmitOptions {
  /** Names of the outputs, '' for unused optional ones. Default: one fresh name. */
  readonly outputs?: readonly string[];
  /** 'com.microsoft' for contrib kernels. */
  readonly domain?: string;
}

/** What an emission may use. Integer attributes are plain numbers, floats are `{ float: x }`. */
export interface EmitContext {
  readonly target: Target;
  /** True where com.microsoft kernels for `dtype` exist (CPU code, float32): on 'cpu' and 'wasm'. */
  contrib(dtype: DType): boolean;
  /** Adds an ONNX node; returns its first output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute | undefined>>,
    options?: EmitOptions,
  ): string;
  /** A name that nobody else has. */
  fresh(): string;
  /** The node's output number `index` is the value called `name` (no copy, no ONNX node). */
  alias(index: number, name: string): void;
  /** A constant, kept once per content. `shape` [] makes a scalar; default: one axis of all values. */
  constant(dtype: DType, values: TypedArray | readonly number[], shape?: readonly number[]): string;
  /** A scalar constant of shape []. */
  scalar(dtype: DType, value: number): string;
  /** A one-axis int64 constant, for axes, starts, sizes… */
  ints(values: readonly number[]): string;
  /** A one-axis int64 tensor holding `shape`; computed at run time where dims are named. */
  shape(shape: Shape): string;
  /** An int64 tensor of shape [1] holding a dim. */
  dim(dim: Dim): string;
  /** Casts the value `name` to the output's element type, as that output. */
  cast(name: string, output: EmitOutput): void;
  /** A fed input or a named state of the model, by its own name. For the prims `input` and `state` only. */
  external(kind: 'input' | 'state', name: string, type: TensorType, attributes: unknown): string;
}

/** What a reference may ask besides its inputs. */
export interface ReferenceContext {
  /** Sizes of a shape whose named dims are known now. */
  resolve(shape: Shape): number[];
  /** The node's inferred output types. */
  readonly outputs: readonly TensorType[];
  readonly inputs: readonly TensorType[];
  /** The value of a fed input or state. For the prims `input` and `state` only. */
  external(name: string): NdArray;
}

export interface GradientContext<Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** d loss / d output, for each output; undefined where none flows. At least one is there. */
  readonly outputGradients: readonly (Tensor | undefined)[];
  /** Shorthand for a prim whose gradient needs only its first output's. Throws 'internal' when that has none. */
  readonly gradient: Tensor;
  /** Which inputs lead to something that a gradient is asked for: skip the work for others. */
  readonly needed: readonly boolean[];
  /** All operator functions (passed in, so that prims do not import them). */
  readonly ops: Ops;
  /**
   * Sends a gradient into any other tensor, also one just built (a recomputed activation), whose own ancestors are then
   * walked too.
   */
  backpropagate(tensor: Tensor, gradient: Tensor): void;
  /** Whether a gradient is asked for at the tensor, or behind it. */
  needs(tensor: Tensor): boolean;
  /**
   * The gradients that `gradient` at `output` gives to just built tensors `wrt` (undefined ones are skipped), in a walk of
   * its own that goes no further back than they; undefined where none arrives.
   */
  vjp(output: Tensor, gradient: Tensor, wrt: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[];
}

/** One gradient per input, undefined where there is none. */
export type InputGradients = readonly (Tensor | undefined)[];

/** Methods are bivariant in their parameters: this lets `Prim<X>` stand for `Prim<unknown>` in lists of prims. */
type GradientRule<Attributes> = { rule(context: GradientContext<Attributes>): InputGradients }['rule'];

export interface Prim<Attributes> {
  /** kebab-case, equal to the file's name. */
  readonly name: string;
  /** Output types from input types. Throws `shapeError(...)`. Must hold for named dims. */
  infer(inputs: readonly TensorType[], attributes: Attributes): readonly TensorType[];
  /** ONNX opset 18 (+ com.microsoft 1): makes every used output, under its given name (or `context.alias`es it). */
  emit(context: EmitContext, node: EmitNode<Attributes>): void;
  /**
   * Reverse-mode rule; or 'zero' where the derivative is zero or meaningless (comparisons, integers, rounding, stop-gradient:
   * nothing flows back); or 'none' where it exists but is not offered (asking for it is an error).
   */
  readonly gradient: GradientRule<Attributes> | 'none' | 'zero';
  /** The textbook computation in float64. Integers and booleans are float64 too. */
  reference(inputs: readonly NdArray[], attributes: Attributes, context: ReferenceContext): readonly NdArray[];
}

/** Any prim, whatever its attributes. */
export type AnyPrim = Prim<unknown>;

/** The one way to make a prim; gives its attributes their type. */
export function definePrim<Attributes = Record<never, never>>(prim: Prim<Attributes>): Prim<Attributes> {
  return prim;
}
