/** Maker for the prims that fold axes: sum, mean, max. */
import { shapeError, type Tensor } from './ir.ts';
import { definePrim, type GradientContext, type Prim } from './prim.ts';
import { type NdArray, reshape } from './reference/ndarray.ts';

export interface ReductionAttributes {
  /** ≥ 0, ascending. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

interface ReductionDefinition {
  readonly name: string;
  readonly onnx: string;
  /** `g` is the output's gradient with the folded axes kept as 1. */
  gradient(context: GradientContext<ReductionAttributes>, g: Tensor): Tensor;
  /** Keeps the folded axes as 1. */
  reference(x: NdArray, axes: readonly number[]): NdArray;
}

export function defineReduction({ name, onnx, gradient, reference }: ReductionDefinition): Prim<ReductionAttributes> {
  return definePrim<ReductionAttributes>({
    name,
    infer(inputs, { axes, keepDims }) {
      const [x] = inputs;
      if (!x || x.dtype === 'bool') throw shapeError(name, inputs, 'one tensor of numbers');
      const bad = axes.find((axis) => !(axis >= 0 && axis < x.shape.length));
      if (bad !== undefined) throw shapeError(name, inputs, `a tensor with an axis ${bad}`);
      const shape = keepDims
        ? x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
        : x.shape.filter((_, axis) => !axes.includes(axis));
      return [{ dtype: x.dtype, shape }];
    },
    emit(context, { inputs, outputs, attributes: { axes, keepDims } }) {
      // Without axes ONNX would fold all of them.
      if (axes.length === 0) return context.alias(0, inputs[0]!.name);
      context.node(
        onnx,
        [inputs[0]!.name, context.ints(axes)],
        { keepdims: keepDims ? 1 : 0 },
        {
          outputs: [outputs[0]!.name],
        },
      );
    },
    gradient(context) {
      const { inputs, attributes, gradient: g, ops } = context;
      const kept = inputs[0]!.shape.map((dim, axis) => (attributes.axes.includes(axis) ? 1 : dim));
      return [gradient(context, ops.reshape(g, kept))];
    },
    reference([x], { axes, keepDims }) {
      const y = reference(x!, axes);
      return [
        keepDims
          ? y
          : reshape(
              y,
              y.shape.filter((_, axis) => !axes.includes(axis)),
            ),
      ];
    },
  });
}
