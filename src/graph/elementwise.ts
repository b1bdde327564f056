/** Makers for the many element-wise prims, so that each file states only what is its own. */
import { broadcastAxes, broadcastShapes, shapesEqual } from './dims.ts';
import { shapeError, type Tensor } from './ir.ts';
import { onnxDataType } from './onnx/encode.ts';
import type { Ops } from './ops/index.ts';
import type { GradientContext, InputGradients, Prim } from './prim.ts';
import { map, zip } from './reference/ndarray.ts';
import { type DType, isFloat, type Shape, type TensorType } from './types.ts';

/** No attributes. */
export type None = Record<never, never>;

interface UnaryDefinition {
  readonly name: string;
  /** One ONNX operator, or several applied in turn. */
  readonly onnx: string | readonly string[];
  /** d loss / dx from the output's gradient `g`, the input `x` and the output `y`. */
  readonly gradient: ((g: Tensor, x: Tensor, y: Tensor, ops: Ops) => Tensor) | 'zero';
  /** Element types that ONNX Runtime has no kernel for: computed in float32. */
  readonly missing?: readonly DType[];
  reference(x: number): number;
}

/** A float function of one tensor, element by element. */
export function defineUnary({ name, onnx, gradient, missing, reference }: UnaryDefinition): Prim<None> {
  return {
    name,
    infer(inputs) {
      const [x] = inputs;
      if (!x || !isFloat(x.dtype)) throw shapeError(name, inputs, 'one float tensor', 'Use cast(x, "float32") first.');
      return [{ dtype: x.dtype, shape: x.shape }];
    },
    emit: (context, { inputs, outputs }) => {
      const chain = typeof onnx === 'string' ? [onnx] : onnx;
      const y = outputs[0]!;
      const single = missing?.includes(y.dtype) ?? false;
      let value = single ? context.node('Cast', [inputs[0]!.name], { to: onnxDataType.float32 }) : inputs[0]!.name;
      for (const [i, operator] of chain.entries())
        value = context.node(operator, [value], {}, i === chain.length - 1 && !single ? { outputs: [y.name] } : {});
      if (single) context.cast(value, y);
    },
    gradient:
      gradient === 'zero'
        ? 'zero'
        : ({ inputs, outputs, gradient: g, ops }) => [gradient(g, inputs[0]!, outputs[0]!, ops)],
    reference: ([x]) => [map(x!, (value) => reference(value))],
  };
}

const isNumber = (dtype: DType): boolean => dtype !== 'bool';

interface BinaryDefinition {
  readonly name: string;
  readonly onnx: string;
  /** Which element types it takes; all numbers by default. */
  readonly accepts?: (dtype: DType) => boolean;
  /** The result's element type; the inputs' by default. */
  readonly result?: DType;
  /** Gradients at the broadcast shape; each is summed to its input's shape here. Called only for needed inputs. */
  readonly gradient:
    | readonly [
        (g: Tensor, a: Tensor, b: Tensor, y: Tensor, ops: Ops) => Tensor,
        (g: Tensor, a: Tensor, b: Tensor, y: Tensor, ops: Ops) => Tensor,
      ]
    | 'zero';
  reference(a: number, b: number, dtype: DType): number;
}

/** A function of two tensors of one dtype, broadcast as NumPy does. */
export function defineBinary({ name, onnx, accepts, result, gradient, reference }: BinaryDefinition): Prim<None> {
  return {
    name,
    infer: (inputs) => inferBroadcast(name, inputs, result, accepts),
    emit: (context, { inputs, outputs }) => {
      context.node(onnx, [inputs[0]!.name, inputs[1]!.name], {}, { outputs: [outputs[0]!.name] });
    },
    gradient:
      gradient === 'zero'
        ? 'zero'
        : ({ inputs, outputs, gradient: g, needed, ops }: GradientContext<None>): InputGradients =>
            gradient.map((rule, i) =>
              needed[i] ? sumTo(rule(g, inputs[0]!, inputs[1]!, outputs[0]!, ops), inputs[i]!.shape, ops) : undefined,
            ),
    reference: ([a, b], _, { inputs }) => [zip([a!, b!], (x, y) => reference(x!, y!, inputs[0]!.dtype))],
  };
}

/** The shape rule of two broadcast tensors of one dtype. */
function inferBroadcast(
  name: string,
  inputs: readonly TensorType[],
  result?: DType,
  accepts?: (dtype: DType) => boolean,
): TensorType[] {
  const [a, b] = inputs;
  if (!a || !b || a.dtype !== b.dtype)
    throw shapeError(name, inputs, 'two tensors of one element type', 'Use cast(x, dtype) on one of them.');
  if (!(accepts ?? isNumber)(a.dtype)) throw shapeError(name, inputs, `another element type than ${a.dtype}`);
  const shape = broadcastShapes(a.shape, b.shape);
  if (!shape)
    throw shapeError(
      name,
      inputs,
      'shapes that broadcast: aligned at the right, each axis equal or 1',
      'Use reshape or expand to line the axes up.',
    );
  return [{ dtype: result ?? a.dtype, shape }];
}

/** Sums `x` over the axes along which `shape` was repeated: the adjoint of broadcasting. */
export function sumTo(x: Tensor, shape: Shape, ops: Ops): Tensor {
  if (shapesEqual(x.shape, shape)) return x;
  const axes = broadcastAxes(shape, x.shape);
  return ops.reshape(ops.sum(x, { axes, keepDims: true }), shape);
}

/**
 * Mean over the last axis of x [..., D] times weight [D], → [..., 1]: one matrix-vector product instead of two passes. In
 * float64 the two passes, because the product's factor 1/D is a float32 attribute.
 */
export function weightedMean(x: Tensor, weight: Tensor, ops: Ops): Tensor {
  const width = weight.shape[0]!;
  if (typeof width !== 'number' || x.shape.length < 2 || x.dtype === 'float64')
    return ops.mean(ops.mul(x, weight), { axes: [-1], keepDims: true });
  return ops.matmul(x, ops.reshape(weight, [width, 1]), { alpha: 1 / width });
}
