/**
 * Graphs that run a model without training it: scoring of whole sequences, and prefill or decode over a cache.
 * Whoever compiles them (`infer/`, `eval/`) owns weights and caches; this file only builds.
 */
import {
  crossEntropy,
  type Dim,
  type GraphSpec,
  gather,
  input,
  multiplyDims,
  reshape,
  type Tensor,
} from '../graph/index.ts';
import { cachedContext } from './cached-context.ts';
import { type LinearTransform, type ModelContext, trainingContext } from './context.ts';
import type { Model } from './define-model.ts';

/** Final hidden states → logits, of all tokens [N, V] or of the rows listed in `rows` (int64 [R]) → [R, V]. */
export function buildLogits(model: Model, context: ModelContext, rows?: Tensor): Tensor {
  const hidden_ND = model.forward(context);
  return model.logits(context, rows ? gather(hidden_ND, rows, { axis: 0 }) : hidden_ND);
}

export interface ScoreOptions {
  readonly batch: Dim;
  readonly time: number;
  /** Also give the logits. */
  readonly logits?: boolean;
  readonly transforms?: readonly LinearTransform[];
}

/**
 * Scoring. Inputs: `input_ids`, `labels` int64 [B, T] (label -100: not counted; label t belongs to the token after t).
 * Outputs: `loss_sum` (nats), `count`, `per_token` [B·T] (0 where not counted), and `logits` [B·T, V] if asked for.
 */
export function buildScore(model: Model, { batch, time, logits, transforms }: ScoreOptions): GraphSpec {
  const tokens_BT = input('input_ids', 'int64', [batch, time]);
  const labels_BT = input('labels', 'int64', [batch, time]);
  // A batch of unknown size has no constant positions.
  const positions_BT = typeof batch === 'number' ? undefined : input('positions', 'int64', [batch, time]);
  const context = trainingContext({ batch, time, tokens_BT, positions_BT, transforms });
  const logits_NV = buildLogits(model, context);
  const { sum, count, perToken } = crossEntropy(logits_NV, reshape(labels_BT, [multiplyDims(batch, time)]));
  return { outputs: { loss_sum: sum, count, per_token: perToken, ...(logits ? { logits: logits_NV } : {}) } };
}

export interface CachedOptions {
  /** Rows; where it is a name, a run binds that many rows of the stored caches. */
  readonly batch: Dim;
  /** New tokens per row; 1 unless there is one row. */
  readonly time: Dim;
  /** Positions in the cache. */
  readonly maxLength: number;
  /** How many of the N = B·T tokens get logits; they are listed in the input `rows`. Default: all, without that input. */
  readonly logitRows?: Dim;
  readonly transforms?: readonly LinearTransform[];
}

/**
 * Prefill and decode. Inputs: `input_ids` int64 [B, T], `seqlens_k` int32 [B] (row length after this step - 1),
 * `total_length` int32 scalar, `positions` int64 [B, T] (models with learned positions only), `rows` int64 [R].
 * Output: `logits` [R or B·T, V]. States besides the weights: the caches, updated in place.
 */
export function buildCached(model: Model, options: CachedOptions): GraphSpec {
  const { batch, time, maxLength, logitRows, transforms } = options;
  const context = cachedContext({
    batch,
    time,
    maxLength,
    tokens_BT: input('input_ids', 'int64', [batch, time]),
    seqlensK_B: input('seqlens_k', 'int32', [batch]),
    totalLength: input('total_length', 'int32', []),
    transforms,
  });
  const rows = logitRows === undefined ? undefined : input('rows', 'int64', [logitRows]);
  const logits = buildLogits(model, context, rows);
  return { outputs: { logits }, updates: context.updates };
}
