/** Operators that fold axes. Axes may count from the end; the default is all of them. */
import { apply, shapeError, type Tensor } from '../ir.ts';
import { argmax as argmaxPrim } from '../prims/argmax.ts';
import { max as maxPrim } from '../prims/max.ts';
import { mean as meanPrim } from '../prims/mean.ts';
import { sum as sumPrim } from '../prims/sum.ts';
import { sumSquares as sumSquaresPrim } from '../prims/sum-squares.ts';
import type { ReductionAttributes } from '../reduction.ts';

export interface ReduceOptions {
  /** Default: all. */
  readonly axes?: readonly number[];
  /** Keep the folded axes with size 1. Default false. */
  readonly keepDims?: boolean;
}

/** `axis` ≥ 0 from one that may count from the end. @throws AthanorError('shape') outside of the rank */
export function axisOf(operator: string, x: Tensor, axis: number): number {
  const positive = axis < 0 ? axis + x.shape.length : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= x.shape.length)
    throw shapeError(operator, [x], `a tensor with an axis ${axis}`);
  return positive;
}

function attributesOf(operator: string, x: Tensor, { axes, keepDims = false }: ReduceOptions): ReductionAttributes {
  const list = axes?.map((axis) => axisOf(operator, x, axis)) ?? [...x.shape.keys()];
  return { axes: [...new Set(list)].sort((a, b) => a - b), keepDims };
}

/** Σ x. [...] → [...] without `axes`. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply(sumPrim, [x], attributesOf('sum', x, options));
}

/** Σ x², in one pass. [...] → [...] without `axes`. */
export function sumSquares(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply(sumSquaresPrim, [x], attributesOf('sumSquares', x, options));
}

/** Mean of x. [...] → [...] without `axes`. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply(meanPrim, [x], attributesOf('mean', x, options));
}

/** Largest element; equal maxima share the gradient. [...] → [...] without `axes`. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply(maxPrim, [x], attributesOf('max', x, options));
}

/** Position of the largest element along `axis` (the first of equals), int64; no gradient. */
export function argmax(x: Tensor, options: { axis?: number; keepDims?: boolean } = {}): Tensor {
  const { axis = -1, keepDims = false } = options;
  return apply(argmaxPrim, [x], { axis: axisOf('argmax', x, axis), keepDims });
}
