/**
 * Scaled dot-product attention over whole sequences (Vaswani et al. 2017, eq. 1) with grouped key/value heads
 * (Ainslie et al. 2023) and rotary positions. Attention over a cache is cached-context.ts.
 *
 * Shape letters: B sequences, T tokens, N = B·T, H query heads, K key/value heads, G = H / K, d head width.
 */
import {
  add,
  concat,
  constant,
  type Dim,
  equal,
  lessEqual,
  logicalAnd,
  matmul,
  multiplyDims,
  reshape,
  rope,
  slice,
  softmax,
  type Tensor,
  transpose,
  where,
} from '../../graph/index.ts';
import type { RopeTables } from './rope-tables.ts';

/** Added to scores that may not be seen: exp underflows to exactly 0, and no row is without its diagonal. */
const HIDDEN = -1e9;

/** What a token may see, as a term for the scores: [T, T], or [B, 1, T, T] when documents are packed. */
export function causalMask(time: number, segments_BT?: Tensor): Tensor {
  const ids = Int32Array.from({ length: time }, (_, i) => i);
  // ONNX Runtime folds this at compile time; a T×T constant would have to be stored in the model.
  const causal_TT = lessEqual(constant(ids, [1, time], 'int32'), constant(ids, [time, 1], 'int32'));
  const [seen, hidden] = [constant(0), constant(HIDDEN)];
  if (!segments_BT) return where(causal_TT, seen, hidden);
  const batch = segments_BT.shape[0]!;
  const same_B1TT = equal(reshape(segments_BT, [batch, 1, time, 1]), reshape(segments_BT, [batch, 1, 1, time]));
  return where(logicalAnd(same_B1TT, causal_TT), seen, hidden);
}

export interface AttentionOptions {
  /** Which layer: names its cache. */
  readonly layer: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Multiplies q·kᵀ, usually 1 / √headDim. */
  readonly scale: number;
  /** Rotary tables for at least as many positions as the context's length; absent: no rotation. */
  readonly rope?: RopeTables;
  /** Dropout on the attention weights while training, unless the training run sets its own. */
  readonly dropout?: number;
}

export interface CausalAttentionOptions extends AttentionOptions {
  readonly batch: Dim;
  readonly time: number;
  /** From `causalMask`. */
  readonly mask: Tensor;
  /** int64 [B, T]; needed with `rope`. */
  readonly positions_BT?: Tensor;
  /** Dropout on the attention weights. */
  readonly dropWeights?: (weights_BHTT: Tensor) => Tensor;
}

/**
 * Queries per block. A block sees no key after its end, so nothing is computed for most of what the mask would hide:
 * with b blocks, (b + 1) / 2b of the products and of the softmax remain.
 */
const BLOCK = 128;

/** q [N, H·d], k and v [N, K·d] → [N, H·d]. */
export function causalAttention(q_NQ: Tensor, k_NK: Tensor, v_NK: Tensor, options: CausalAttentionOptions): Tensor {
  const { batch, time, heads, kvHeads, headDim } = options;
  const split = (x: Tensor, count: number) => transpose(reshape(x, [batch, time, count, headDim]), [0, 2, 1, 3]);
  const rotate = (x_BHTd: Tensor) => (options.rope ? rotary(x_BHTd, options.rope, options.positions_BT!) : x_BHTd);
  const q_BHTd = rotate(split(q_NQ, heads));
  const k_BKTd = rotate(split(k_NK, kvHeads));
  const v_BKTd = split(v_NK, kvHeads);
  const blocks: Tensor[] = [];
  for (let start = 0; start < time; start += BLOCK) {
    const end = Math.min(start + BLOCK, time);
    blocks.push(attendBlock(q_BHTd, k_BKTd, v_BKTd, { ...options, start, end }));
  }
  const out_BHTd = blocks.length === 1 ? blocks[0]! : concat(blocks, { axis: 2 });
  return reshape(transpose(out_BHTd, [0, 2, 1, 3]), [multiplyDims(batch, time), heads * headDim]);
}

/** Queries start … end-1 over keys 0 … end-1 → [B, H, S, d]; letters: S queries and E keys of the block. */
function attendBlock(
  q_BHTd: Tensor,
  k_BKTd: Tensor,
  v_BKTd: Tensor,
  options: CausalAttentionOptions & { readonly start: number; readonly end: number },
): Tensor {
  const { batch, time, heads, kvHeads, headDim, scale, mask, start, end } = options;
  const part = (x: Tensor, axis: number, from: number, to: number) =>
    from === 0 && to === time ? x : slice(x, { axis, start: from, end: to });
  const size = end - start;
  // The G query heads of a key/value head lie side by side: as more rows they share it without its being repeated.
  const rows = (heads / kvHeads) * size;
  const q_BKRd = reshape(part(q_BHTd, 2, start, end), [batch, kvHeads, rows, headDim]);
  const scores_BKRE = matmul(q_BKRd, part(k_BKTd, 2, 0, end), { transposeB: true, alpha: scale });
  const mask_SE = part(part(mask, mask.shape.length - 2, start, end), mask.shape.length - 1, 0, end);
  const scores_BHSE = add(reshape(scores_BKRE, [batch, heads, size, end]), mask_SE);
  const weights_BHSE = softmax(scores_BHSE, { axis: -1 });
  const dropped_BHSE = options.dropWeights ? options.dropWeights(weights_BHSE) : weights_BHSE;
  const out_BKRd = matmul(reshape(dropped_BHSE, [batch, kvHeads, rows, end]), part(v_BKTd, 2, 0, end));
  return reshape(out_BKRd, [batch, heads, size, headDim]);
}

function rotary(x_BHTd: Tensor, tables: RopeTables, positions_BT: Tensor): Tensor {
  const shape = [tables.length, tables.half];
  return rope(x_BHTd, constant(tables.cos, shape), constant(tables.sin, shape), positions_BT);
}
