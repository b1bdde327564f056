/** Operators of neural networks. Shape letters: N rows, D width, V vocabulary, M/K/N of a matrix product. */
import { shapeSize } from '../dims.ts';
import { apply, applyAll, type Tensor } from '../ir.ts';
import { crossEntropy as crossEntropyPrim } from '../prims/cross-entropy.ts';
import { gelu as geluPrim } from '../prims/gelu.ts';
import { hardSigmoid as hardSigmoidPrim } from '../prims/hard-sigmoid.ts';
import { layerNorm as layerNormPrim } from '../prims/layer-norm.ts';
import { logSoftmax as logSoftmaxPrim } from '../prims/log-softmax.ts';
import { matmul as matmulPrim } from '../prims/matmul.ts';
import { rmsNorm as rmsNormPrim } from '../prims/rms-norm.ts';
import { silu as siluPrim } from '../prims/silu.ts';
import { softmax as softmaxPrim } from '../prims/softmax.ts';
import { notEqual } from './math.ts';
import { cast, reshape } from './movement.ts';
import { axisOf, sum } from './reduce.ts';

export interface MatmulOptions {
  /** Swap a's last two axes. */
  readonly transposeA?: boolean;
  /** Swap b's last two axes: [out, in] weights. */
  readonly transposeB?: boolean;
  /** Factor of the product. */
  readonly alpha?: number;
}

/**
 * alpha · a_[..., M, K] · b_[..., K, N] → [..., M, N]; leading axes broadcast.
 * @throws AthanorError('shape') when inner sizes differ or leading axes do not broadcast
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const attributes = { transposeA: false, transposeB: false, alpha: 1, ...options };
  const merged = attributes.transposeA ? 0 : sharedAxes(a, b);
  if (merged === 0) return apply(matmulPrim, [a, b], attributes);
  // b is the same along a's last leading axes: they are more rows of one product (and so are they in the gradient of b).
  const keep = a.shape.length - 2 - merged;
  const lead = a.shape.slice(0, keep);
  const folded = reshape(a, [...lead, shapeSize(a.shape.slice(keep, -1)), a.shape.at(-1)!]);
  const matrix = b.shape.slice(-2);
  const narrow = reshape(
    b,
    b.shape.length === 2 ? matrix : [...b.shape.slice(0, b.shape.length - 2 - merged), ...matrix],
  );
  const y = apply(matmulPrim, [folded, narrow], attributes);
  return reshape(y, [...y.shape.slice(0, -2), ...a.shape.slice(keep, -1), y.shape.at(-1)!]);
}

/** How many of a's innermost leading axes b lacks or has with size 1. */
function sharedAxes(a: Tensor, b: Tensor): number {
  const leadA = a.shape.length - 2;
  const leadB = b.shape.length - 2;
  if (leadB > leadA) return 0;
  let count = 0;
  while (count < leadA && (count >= leadB || b.shape[leadB - 1 - count] === 1)) count++;
  // What stays of b's leading axes must be at most what stays of a's.
  return count;
}

/** exp(x)/Σ exp(x) along `axis` (default -1). */
export function softmax(x: Tensor, options: { axis?: number } = {}): Tensor {
  return apply(softmaxPrim, [x], { axis: axisOf('softmax', x, options.axis ?? -1) });
}

/** x − log Σ exp(x) along `axis` (default -1). */
export function logSoftmax(x: Tensor, options: { axis?: number } = {}): Tensor {
  return apply(logSoftmaxPrim, [x], { axis: axisOf('logSoftmax', x, options.axis ?? -1) });
}

/** Layer normalization over the last axis: x [..., D], weight [D], bias [D]. Default epsilon 1e-5. */
export function layerNorm(x: Tensor, weight: Tensor, bias?: Tensor, options: { epsilon?: number } = {}): Tensor {
  return apply(layerNormPrim, bias ? [x, weight, bias] : [x, weight], { epsilon: options.epsilon ?? 1e-5 });
}

/** Root-mean-square normalization over the last axis: x [..., D], weight [D]. Default epsilon 1e-5. */
export function rmsNorm(x: Tensor, weight: Tensor, options: { epsilon?: number } = {}): Tensor {
  return apply(rmsNormPrim, [x, weight], { epsilon: options.epsilon ?? 1e-5 });
}

/** x·Φ(x); 'tanh' is GPT-2's approximation ("gelu_new"). Default exact. */
export function gelu(x: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  return apply(geluPrim, [x], { approximate: options.approximate ?? 'none' });
}

/** x·σ(x). */
export function silu(x: Tensor): Tensor {
  return apply(siluPrim, [x], {});
}

/** alpha·x + beta, held to [0, 1]. */
export function hardSigmoid(x: Tensor, options: { alpha?: number; beta?: number } = {}): Tensor {
  return apply(hardSigmoidPrim, [x], { alpha: options.alpha ?? 0.2, beta: options.beta ?? 0.5 });
}

export interface CrossEntropy {
  /** Σ over counted rows, scalar. */
  readonly sum: Tensor;
  /** Number of counted rows, scalar of the logits' element type. Zero when all are ignored: guard the division. */
  readonly count: Tensor;
  /** [N], 0 for ignored rows. */
  readonly perToken: Tensor;
}

/**
 * −log softmax(logits_NV)[labels_N]; rows whose label is `ignoreIndex` (default -100) count nothing. The caller divides, so
 * that sums over several batches can be divided once.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: { ignoreIndex?: number } = {}): CrossEntropy {
  const { ignoreIndex = -100 } = options;
  const perToken = applyAll(crossEntropyPrim, [logits, labels], { ignoreIndex })[0]!;
  return { sum: sum(perToken), count: sum(cast(notEqual(labels, ignoreIndex), logits.dtype)), perToken };
}
