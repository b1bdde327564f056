/**
 * The context of generation: each row has a key/value cache of `maxLength` positions and brings `time` new tokens.
 * The caches are states `cache.k.<layer>` and `cache.v.<layer>`, [B, K, maxLength, w], updated in place (w: `cacheWidth`); where B is named, a
 * run binds a range of rows of the stored [slots, K, maxLength, w]. Rows may have different lengths. With several rows,
 * `time` must be 1 (the kernel's rule); a prefill runs one row at a time.
 */
import {
  cachedAttention,
  constant,
  type Dim,
  input,
  multiplyDims,
  pad,
  reshape,
  slice,
  state,
  type Tensor,
  withScope,
} from '../graph/index.ts';
import { type LinearTransform, type ModelContext, once, Parameters, transformedLinear } from './context.ts';
import type { AttentionOptions } from './layers/attention.ts';
import type { RopeTables } from './layers/rope-tables.ts';

export interface CachedContextOptions {
  readonly batch: Dim;
  readonly time: Dim;
  readonly maxLength: number;
  /** Token ids, int64 [B, T]. */
  readonly tokens_BT: Tensor;
  /** int32 [B]: each row's length after this step, minus 1. */
  readonly seqlensK_B: Tensor;
  /** int32 scalar: the longest row's length after this step. */
  readonly totalLength: Tensor;
  readonly transforms?: readonly LinearTransform[];
}

export interface CachedContext extends ModelContext {
  /** Cache name → its next value, for `GraphSpec.updates`. */
  readonly updates: Record<string, Tensor>;
}

/** Width of a cached head: the attention kernel takes multiples of 16 only, so other heads are filled up with zeros. */
export function cacheWidth(headDim: number): number {
  return Math.ceil(headDim / 16) * 16;
}

/** A context for prefill and decode. `positions` (int64 [B, T]) is an input of the graph only if the model reads it. */
export function cachedContext(options: CachedContextOptions): CachedContext {
  const { batch, time, maxLength, tokens_BT, transforms = [] } = options;
  const parameters = new Parameters();
  const rows = multiplyDims(batch, time);
  const updates: Record<string, Tensor> = {};
  const context: CachedContext = {
    tokens_N: reshape(tokens_BT, [rows]),
    batch,
    time,
    positions_N: once(() => reshape(input('positions', 'int64', [batch, time]), [rows])),
    sequential: false,
    maxLength,
    parameters: parameters.byName,
    roles: parameters.roles,
    updates,
    parameter: parameters.parameter,
    linear: (x_NI, name, linear) => transformedLinear(context, transforms, x_NI, name, linear),
    attention: (q_NQ, k_NK, v_NK, attention) => attend([q_NQ, k_NK, v_NK], attention, options, updates),
    dropout: (x) => x,
    layer: (name, x_ND, build) => withScope(name, () => build(x_ND)),
  };
  return context;
}

function attend(
  [q_NQ, k_NK, v_NK]: readonly [Tensor, Tensor, Tensor],
  { layer, heads, kvHeads, headDim, scale, rope }: AttentionOptions,
  { batch, time, maxLength, seqlensK_B, totalLength }: CachedContextOptions,
  updates: Record<string, Tensor>,
): Tensor {
  const names = [`cache.k.${layer}`, `cache.v.${layer}`] as const;
  const width = cacheWidth(headDim);
  const [pastK, pastV] = names.map((name) => state(name, [batch, kvHeads, maxLength, width]));
  // Rotary positions pair value i with i + d/2: each half is filled up by itself.
  const halves = rope ? 2 : 1;
  const widen = (x: Tensor, count: number) => {
    if (width === headDim) return reshape(x, [batch, time, count * headDim]);
    const parts = reshape(x, [batch, time, count * halves, headDim / halves]);
    return reshape(pad(parts, { axis: 3, after: (width - headDim) / halves }), [batch, time, count * width]);
  };
  const narrow = (x: Tensor) => {
    if (width === headDim) return x;
    const parts = reshape(x, [batch, time, heads * halves, width / halves]);
    return slice(parts, { axis: 3, start: 0, end: headDim / halves });
  };
  const tables = rope ? widenTables(rope, width) : noRotation(maxLength, width);
  const table = (values: Float32Array) => constant(values, [tables.length, tables.half]);
  const result = cachedAttention({
    q: widen(q_NQ, heads),
    k: widen(k_NK, kvHeads),
    v: widen(v_NK, kvHeads),
    pastK: pastK!,
    pastV: pastV!,
    seqlensK: seqlensK_B,
    totalLength,
    cos: table(tables.cos),
    sin: table(tables.sin),
    numHeads: heads,
    kvHeads,
    scale,
  });
  updates[names[0]] = result.presentK;
  updates[names[1]] = result.presentV;
  return reshape(narrow(result.out), [multiplyDims(batch, time), heads * headDim]);
}

/** Tables for heads of `width`: what is filled up is zero, whatever it is rotated by. */
function widenTables({ cos, sin, length, half }: RopeTables, width: number): RopeTables {
  if (half === width / 2) return { cos, sin, length, half };
  const widen = (values: Float32Array) => {
    const wide = new Float32Array((length * width) / 2);
    for (let row = 0; row < length; row++) wide.set(values.subarray(row * half, (row + 1) * half), (row * width) / 2);
    return wide;
  };
  return { cos: widen(cos), sin: widen(sin), length, half: width / 2 };
}

/** Tables that rotate by nothing: the kernel always rotates. */
function noRotation(length: number, width: number): RopeTables {
  const half = width / 2;
  return { cos: new Float32Array(length * half).fill(1), sin: new Float32Array(length * half), length, half };
}
