/**
 * Counter-based randomness. `key` is an int64 [3] tensor: seed low, seed high, step; `stream` (an integer in [0, 2^32)) tells
 * the uses of randomness within one step apart. Everything is a pure function of the two (see philox.ts).
 */
import { apply, type Tensor } from '../ir.ts';
import { dropout as dropoutPrim } from '../prims/dropout.ts';
import { dropoutMask, keptOf65536 } from '../prims/dropout-mask.ts';
import { randomBits as randomBitsPrim } from '../prims/random-bits.ts';
import { randomNormal as randomNormalPrim } from '../prims/random-normal.ts';
import { randomUniform as randomUniformPrim } from '../prims/random-uniform.ts';
import type { DType, Shape } from '../types.ts';

export interface RandomOptions {
  readonly key: Tensor;
  readonly stream: number;
}

/** Philox words, int64 in [0, 2^32). */
export function randomBits(shape: Shape, { key, stream }: RandomOptions): Tensor {
  return apply(randomBitsPrim, [key], { shape, stream });
}

/** Uniform numbers in [0, 1), multiples of 2⁻²⁴. */
export function randomUniform(
  shape: Shape,
  { key, stream, dtype = 'float32' }: RandomOptions & { dtype?: DType },
): Tensor {
  return apply(randomUniformPrim, [key], { shape, stream, dtype });
}

/** Standard normal numbers. */
export function randomNormal(
  shape: Shape,
  { key, stream, dtype = 'float32' }: RandomOptions & { dtype?: DType },
): Tensor {
  return apply(randomNormalPrim, [key], { shape, stream, dtype });
}

/**
 * Inverted dropout (Srivastava et al., JMLR 2014): each element is 0 with probability `rate`, else divided by 1 − rate. The
 * rate is rounded to a multiple of 2⁻¹⁶ and the divisor is that of the rounded rate, so the expectation is exactly x. The
 * gradient reuses the mask (one byte an element). Rate 0 is x itself.
 * @throws AthanorError('bad-input') for a rate outside of [0, 1)
 */
export function dropout(x: Tensor, { rate, key, stream }: RandomOptions & { readonly rate: number }): Tensor {
  const kept = keptOf65536(rate);
  if (kept === 65536) return x;
  const mask = apply(dropoutMask, [key], { shape: x.shape, stream, rate });
  return apply(dropoutPrim, [x, mask], { scale: 65536 / kept, backward: false });
}
