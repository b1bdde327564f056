/**
 * Dense row-major arrays of float64: what every prim's `reference` computes with.
 * Plain and slow on purpose: it is the referee that emission and gradients are checked against, so each function is
 * the textbook loop. Integers and booleans (0/1) are held as float64 too, exact up to 2^53. Knows nothing of graphs.
 */
import { AthanorError, invariant } from '../../core/index.ts';

/** A dense row-major array; `data.length` is the product of `shape` (1 for a scalar, whose shape is []). */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An array of `shape` holding `data` (copied unless it is a Float64Array; zeros when absent). */
export function ndarray(shape: readonly number[], data?: ArrayLike<number | bigint>): NdArray {
  const size = sizeOf(shape);
  if (data === undefined) return { shape: [...shape], data: new Float64Array(size) };
  if (data.length !== size)
    throw new AthanorError('shape', `an array of shape [${shape.join(', ')}] needs ${size} values, got ${data.length}`);
  if (data instanceof Float64Array) return { shape: [...shape], data };
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = Number(data[i]);
  return { shape: [...shape], data: values };
}

/** A scalar (shape []). */
export function scalar(value: number): NdArray {
  return { shape: [], data: Float64Array.of(value) };
}

/** An array of one repeated value. */
export function full(shape: readonly number[], value: number): NdArray {
  return { shape: [...shape], data: new Float64Array(sizeOf(shape)).fill(value) };
}

/** Row-major strides in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** `axis` in 0…rank-1 from one that may count from the end. */
export function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank)
    throw new AthanorError('shape', `axis ${axis} is outside of rank ${rank}`);
  return positive;
}

/** Calls `visit(index, flat)` for every element in row-major order; `index` is reused between calls: do not keep it. */
export function forEachIndex(shape: readonly number[], visit: (index: readonly number[], flat: number) => void): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The flat position of `index` in an array with these strides. */
export function flatIndex(index: readonly number[], strides: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < index.length; axis++) flat += index[axis]! * strides[axis]!;
  return flat;
}

/** The common shape under NumPy's broadcasting rules. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis;
      const size = shape[axis]!;
      if (size === 1 || size === result[at]) continue;
      if (result[at] !== 1)
        throw new AthanorError(
          'shape',
          `shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} do not broadcast`,
        );
      result[at] = size;
    }
  }
  return result;
}

/** Strides that read an array of `shape` as if it had `target`'s shape (0 along repeated axes). */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/** A copy with `shape`, repeating along axes of size 1. */
export function broadcastTo(x: NdArray, shape: readonly number[]): NdArray {
  const check = broadcastShapes(x.shape, shape);
  invariant(
    check.length === shape.length && check.every((size, i) => size === shape[i]),
    'broadcastTo: shape does not fit',
  );
  const strides = broadcastStrides(x.shape, shape);
  const result = ndarray(shape);
  forEachIndex(shape, (index, flat) => {
    result.data[flat] = x.data[flatIndex(index, strides)]!;
  });
  return result;
}

/** Applies `f` to every element. */
export function map(x: NdArray, f: (value: number, flat: number) => number): NdArray {
  return { shape: x.shape, data: Float64Array.from(x.data, f) };
}

/** Applies `f` to the broadcast elements of several arrays. */
export function zip(xs: readonly NdArray[], f: (...values: number[]) => number): NdArray {
  const shape = broadcastShapes(...xs.map((x) => x.shape));
  const strides = xs.map((x) => broadcastStrides(x.shape, shape));
  const result = ndarray(shape);
  forEachIndex(shape, (index, flat) => {
    result.data[flat] = f(...xs.map((x, i) => x.data[flatIndex(index, strides[i]!)]!));
  });
  return result;
}

/** Folds over `axes` (all when absent) from `initial`. */
export function reduce(
  x: NdArray,
  axes: readonly number[] | undefined,
  keepDims: boolean,
  initial: number,
  f: (accumulator: number, value: number) => number,
): NdArray {
  const reduced = new Set(axes ? axes.map((axis) => normalizeAxis(axis, x.shape.length)) : x.shape.keys());
  const kept = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const strides = broadcastStrides(kept, x.shape);
  const result = full(kept, initial);
  forEachIndex(x.shape, (index, flat) => {
    const at = flatIndex(index, strides);
    result.data[at] = f(result.data[at]!, x.data[flat]!);
  });
  return keepDims
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !reduced.has(axis)),
      );
}

/** Sum over `axes` (all when absent). */
export function sum(x: NdArray, axes?: readonly number[], keepDims = false): NdArray {
  return reduce(x, axes, keepDims, 0, (a, b) => a + b);
}

/** The same elements under another shape of the same size. */
export function reshape(x: NdArray, shape: readonly number[]): NdArray {
  return ndarray(shape, x.data);
}

/** Axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: NdArray, permutation: readonly number[]): NdArray {
  const strides = stridesOf(x.shape);
  const result = ndarray(permutation.map((axis) => x.shape[axis]!));
  const permuted = permutation.map((axis) => strides[axis]!);
  forEachIndex(result.shape, (index, flat) => {
    result.data[flat] = x.data[flatIndex(index, permuted)]!;
  });
  return result;
}

/** Swaps the last two axes. */
export function transposeLast(x: NdArray): NdArray {
  const axes = [...x.shape.keys()];
  [axes[axes.length - 2], axes[axes.length - 1]] = [axes[axes.length - 1]!, axes[axes.length - 2]!];
  return transpose(x, axes);
}

/** Batched matrix product [..., M, K] × [..., K, N] → [..., M, N]; leading axes broadcast. Ranks ≥ 2. */
export function matmul(a: NdArray, b: NdArray): NdArray {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [k2, n] = b.shape.slice(-2) as [number, number];
  if (k !== k2) throw new AthanorError('shape', `matmul of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const aStrides = broadcastStrides(a.shape.slice(0, -2), batch);
  const bStrides = broadcastStrides(b.shape.slice(0, -2), batch);
  const result = ndarray([...batch, m, n]);
  forEachIndex(batch, (index, at) => {
    const aBase = flatIndex(index, aStrides) * m * k;
    const bBase = flatIndex(index, bStrides) * k * n;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let l = 0; l < k; l++) total += a.data[aBase + i * k + l]! * b.data[bBase + l * n + j]!;
        result.data[(at * m + i) * n + j] = total;
      }
  });
  return result;
}

/** Checks an index of an axis of `size` and resolves one that counts from the end, as ONNX allows. */
export function resolveIndex(value: number, size: number, what: string): number {
  const resolved = value < 0 ? value + size : value;
  if (!(resolved >= 0 && resolved < size))
    throw new AthanorError('bad-input', `${what}: index ${value} is outside of an axis of size ${size}`);
  return resolved;
}

/** Rows of `x` along `axis`: shape x[:axis] + indices + x[axis+1:]. */
export function gather(x: NdArray, indices: NdArray, axis: number): NdArray {
  const at = normalizeAxis(axis, x.shape.length);
  const outer = sizeOf(x.shape.slice(0, at));
  const inner = sizeOf(x.shape.slice(at + 1));
  const size = x.shape[at]!;
  const result = ndarray([...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)]);
  const count = indices.data.length;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const row = resolveIndex(indices.data[i]!, size, 'gather');
      const from = (o * size + row) * inner;
      result.data.set(x.data.subarray(from, from + inner), (o * count + i) * inner);
    }
  return result;
}

/** result[i,j,…] = x[i, indices[i,j,…], …] with the index in place of coordinate `axis`; shape of `indices`. */
export function gatherElements(x: NdArray, indices: NdArray, axis: number): NdArray {
  const at = normalizeAxis(axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const result = ndarray(indices.shape);
  forEachIndex(indices.shape, (index, flat) => {
    const row = resolveIndex(indices.data[flat]!, x.shape[at]!, 'gatherElements');
    result.data[flat] = x.data[flatIndex(index, strides) + (row - index[at]!) * strides[at]!]!;
  });
  return result;
}

/** A copy of `x` with `updates` (the shape of `indices`) added at `indices` along `axis`. */
export function scatterAddElements(x: NdArray, indices: NdArray, updates: NdArray, axis: number): NdArray {
  const at = normalizeAxis(axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const result = ndarray(x.shape, x.data.slice());
  forEachIndex(indices.shape, (index, flat) => {
    const row = resolveIndex(indices.data[flat]!, x.shape[at]!, 'scatterAdd');
    result.data[flatIndex(index, strides) + (row - index[at]!) * strides[at]!]! += updates.data[flat]!;
  });
  return result;
}

/** x[start:end:step] along `axis`; 0 ≤ start ≤ end ≤ size, step ≥ 1. */
export function slice(x: NdArray, axis: number, start: number, end: number, step = 1): NdArray {
  const at = normalizeAxis(axis, x.shape.length);
  const rows = Float64Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step);
  return gather(x, ndarray([rows.length], rows), at);
}

/** Joins arrays along an existing axis. */
export function concat(xs: readonly NdArray[], axis: number): NdArray {
  const first = xs[0];
  invariant(first, 'concat of nothing');
  const at = normalizeAxis(axis, first.shape.length);
  const outer = sizeOf(first.shape.slice(0, at));
  const inner = sizeOf(first.shape.slice(at + 1));
  const total = xs.reduce((count, x) => count + x.shape[at]!, 0);
  const result = ndarray(first.shape.map((size, i) => (i === at ? total : size)));
  let offset = 0;
  for (const x of xs) {
    const width = x.shape[at]! * inner;
    for (let o = 0; o < outer; o++)
      result.data.set(x.data.subarray(o * width, (o + 1) * width), o * total * inner + offset);
    offset += width;
  }
  return result;
}
