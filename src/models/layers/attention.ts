/**
 * Scaled dot-product attention over whole sequences (Vaswani et al. 2017, eq. 1) with grouped key/value heads
 * (Ainslie et al. 2023) and rotary positions. Attention over a cache is cached-context.ts.
 *
 * Shape letters: B sequences, T tokens, N = B·T, H query heads, K key/value heads, G = H / K, d head width.
 */
import {
  add,
  constant,
  type Dim,
  equal,
  lessEqual,
  logicalAnd,
  matmul,
  multiplyDims,
  reshape,
  rope,
  softmax,
  type Tensor,
  transpose,
  where,
} from '../../graph/index.ts';
import type { AttentionOptions } from '../context.ts';
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

/** q [N, H·d], k and v [N, K·d] → [N, H·d]. */
export function causalAttention(q_NQ: Tensor, k_NK: Tensor, v_NK: Tensor, options: CausalAttentionOptions): Tensor {
  const { batch, time, heads, kvHeads, headDim, scale, mask } = options;
  const rows = (heads / kvHeads) * time;
  const split = (x: Tensor, count: number) => transpose(reshape(x, [batch, time, count, headDim]), [0, 2, 1, 3]);
  const rotate = (x_BHTd: Tensor) => (options.rope ? rotary(x_BHTd, options.rope, options.positions_BT!) : x_BHTd);
  const k_BKTd = rotate(split(k_NK, kvHeads));
  const v_BKTd = split(v_NK, kvHeads);
  // The G query heads of a key/value head lie side by side: as more rows they share it without its being repeated.
  const q_BKRd = reshape(rotate(split(q_NQ, heads)), [batch, kvHeads, rows, headDim]);
  const scores_BKRT = matmul(q_BKRd, k_BKTd, { transposeB: true, alpha: scale });
  const scores_BHTT = add(reshape(scores_BKRT, [batch, heads, time, time]), mask);
  const weights_BHTT = softmax(scores_BHTT, { axis: -1 });
  const dropped_BHTT = options.dropWeights ? options.dropWeights(weights_BHTT) : weights_BHTT;
  const out_BKRd = matmul(reshape(dropped_BHTT, [batch, kvHeads, rows, time]), v_BKTd);
  const out_BTHd = transpose(reshape(out_BKRd, [batch, heads, time, headDim]), [0, 2, 1, 3]);
  return reshape(out_BTHd, [multiplyDims(batch, time), heads * headDim]);
}

function rotary(x_BHTd: Tensor, tables: RopeTables, positions_BT: Tensor): Tensor {
  const shape = [tables.length, tables.half];
  return rope(x_BHTd, constant(tables.cos, shape), constant(tables.sin, shape), positions_BT);
}
