/** Operators that move elements without changing them: shapes, parts, picks. Axes may count from the end. */
import { AthanorError } from '../../core/index.ts';
import { addDims, canonicalDim, canonicalShape, divideDims, shapeSize, shapesEqual } from '../dims.ts';
import { apply, applyAll, shapeError, type Tensor } from '../ir.ts';
import { cast as castPrim } from '../prims/cast.ts';
import { concat as concatPrim } from '../prims/concat.ts';
import { dimension as dimensionPrim } from '../prims/dimension.ts';
import { expand as expandPrim } from '../prims/expand.ts';
import { gather as gatherPrim } from '../prims/gather.ts';
import { gatherElements as gatherElementsPrim } from '../prims/gather-elements.ts';
import { pad as padPrim } from '../prims/pad.ts';
import { reshape as reshapePrim } from '../prims/reshape.ts';
import { scatterAdd as scatterAddPrim } from '../prims/scatter-add.ts';
import { scatterAddElements as scatterAddElementsPrim } from '../prims/scatter-add-elements.ts';
import { slice as slicePrim } from '../prims/slice.ts';
import { split as splitPrim } from '../prims/split.ts';
import { transpose as transposePrim } from '../prims/transpose.ts';
import type { Dim, DType, Shape } from '../types.ts';
import { constant } from './core.ts';
import { axisOf } from './reduce.ts';

/** The same elements, row-major, under another shape; one dim may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  let target: Shape;
  if (open < 0) target = canonicalShape(shape);
  else {
    const rest = shape.filter((_, axis) => axis !== open);
    const missing = rest.includes(-1) ? undefined : divideDims(shapeSize(x.shape), shapeSize(canonicalShape(rest)));
    if (missing === undefined)
      throw shapeError('reshape', [x], `elements that fill [${shape.join(', ')}] with one open dim`);
    target = shape.map((dim, axis) => (axis === open ? missing : canonicalDim(dim)));
  }
  return shapesEqual(target, x.shape) ? x : apply(reshapePrim, [x], { shape: target });
}

/** Permutes axes: axis i of the result is axis perm[i] of x. Default: reverses them. */
export function transpose(x: Tensor, perm: readonly number[] = [...x.shape.keys()].reverse()): Tensor {
  const axes = perm.map((axis) => axisOf('transpose', x, axis));
  return axes.every((axis, i) => axis === i) && axes.length === x.shape.length
    ? x
    : apply(transposePrim, [x], { perm: axes });
}

/** Repeats axes of size 1 (and new leading ones) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const target = canonicalShape(shape);
  return shapesEqual(target, x.shape) ? x : apply(expandPrim, [x], { shape: target });
}

/** Zeros of any shape. */
export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return expand(constant(0, [], dtype), shape);
}

/** Removes axes of size 1; all of them by default. */
export function squeeze(x: Tensor, options: { axes?: readonly number[] } = {}): Tensor {
  const axes = options.axes?.map((axis) => axisOf('squeeze', x, axis));
  if (axes?.some((axis) => x.shape[axis] !== 1)) throw shapeError('squeeze', [x], `size 1 on axes ${axes.join(', ')}`);
  return reshape(
    x,
    x.shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)),
  );
}

/** Inserts axes of size 1 at these positions of the result. */
export function unsqueeze(x: Tensor, options: { axes: readonly number[] }): Tensor {
  const rank = x.shape.length + options.axes.length;
  const positions = new Set(options.axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (positions.size !== options.axes.length || [...positions].some((axis) => axis < 0 || axis >= rank))
    throw shapeError('unsqueeze', [x], `distinct axes of a result of rank ${rank}, not ${options.axes.join(', ')}`);
  const rest = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (positions.has(axis) ? 1 : rest.shift()!)),
  );
}

/** x in another element type; gradients flow between floats only. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castPrim, [x], { dtype });
}

/** A dim's size as a scalar value, for sizes that only a run knows. */
export function dimension(dim: Dim, dtype: DType = 'float32'): Tensor {
  const size = canonicalDim(dim);
  return typeof size === 'number' ? constant(size, [], dtype) : apply(dimensionPrim, [], { dim: size, dtype });
}

export interface SliceOptions {
  /** Default -1. */
  readonly axis?: number;
  /** Default 0. Negative numbers count from the end. */
  readonly start?: Dim;
  /** Default: the axis' end. Negative numbers count from it. */
  readonly end?: Dim;
}

/** x[start : end] along `axis`. */
export function slice(x: Tensor, options: SliceOptions): Tensor {
  const axis = axisOf('slice', x, options.axis ?? -1);
  const size = x.shape[axis]!;
  const place = (dim: Dim): Dim => (typeof dim === 'number' && dim < 0 ? addDims(size, dim) : canonicalDim(dim));
  const start = place(options.start ?? 0);
  const end = options.end === undefined ? size : place(options.end);
  return start === 0 && end === size ? x : apply(slicePrim, [x], { axis, start, end });
}

/** Zeros before and after x along `axis`. */
export function pad(x: Tensor, options: { axis: number; before?: Dim; after?: Dim }): Tensor {
  const { before = 0, after = 0 } = options;
  if (before === 0 && after === 0) return x;
  return apply(padPrim, [x], {
    axis: axisOf('pad', x, options.axis),
    before: canonicalDim(before),
    after: canonicalDim(after),
  });
}

/** Joins tensors along an existing axis (default -1). */
export function concat(xs: readonly Tensor[], options: { axis?: number } = {}): Tensor {
  const first = xs[0];
  if (!first) throw new AthanorError('bad-input', 'concat: no tensors');
  return xs.length === 1 ? first : apply(concatPrim, xs, { axis: axisOf('concat', first, options.axis ?? -1) });
}

/** Consecutive parts of x along `axis` (default -1), of the given sizes. */
export function split(x: Tensor, options: { axis?: number; sizes: readonly Dim[] }): readonly Tensor[] {
  const axis = axisOf('split', x, options.axis ?? -1);
  if (options.sizes.length === 1 && canonicalDim(options.sizes[0]!) === x.shape[axis]) return [x];
  return applyAll(splitPrim, [x], { axis, sizes: canonicalShape(options.sizes) });
}

/** Joins tensors of one shape along a new axis (default 0). */
export function stack(xs: readonly Tensor[], options: { axis?: number } = {}): Tensor {
  const { axis = 0 } = options;
  return concat(
    xs.map((x) => unsqueeze(x, { axes: [axis] })),
    { axis },
  );
}

/**
 * Slices of x along `axis` (default 0) at `indices`: shape x[:axis] + indices + x[axis+1:]. An embedding look-up is
 * gather(table_VD, ids_BT) → [B, T, D]; its gradient adds rows.
 */
export function gather(x: Tensor, indices: Tensor, options: { axis?: number } = {}): Tensor {
  return apply(gatherPrim, [x, indices], { axis: axisOf('gather', x, options.axis ?? 0) });
}

/** One element along `axis` (default -1) for each index: indices have x's shape but for that axis. */
export function gatherElements(x: Tensor, indices: Tensor, options: { axis?: number } = {}): Tensor {
  return apply(gatherElementsPrim, [x, indices], { axis: axisOf('gatherElements', x, options.axis ?? -1) });
}

/** base [V, …] with `updates` [..., …] added to the rows `indices` [...]; repeated indices add up. */
export function scatterAdd(base: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return apply(scatterAddPrim, [base, indices, updates], {});
}

/** base with each update added at its own index along `axis` (default -1): the adjoint of gatherElements. */
export function scatterAddElements(
  base: Tensor,
  indices: Tensor,
  updates: Tensor,
  options: { axis?: number } = {},
): Tensor {
  const axis = axisOf('scatterAddElements', base, options.axis ?? -1);
  return apply(scatterAddElementsPrim, [base, indices, updates], { axis });
}
