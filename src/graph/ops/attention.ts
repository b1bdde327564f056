/** Operators of transformer inference and training that have kernels of their own. */
import { apply, applyAll, type Tensor } from '../ir.ts';
import { cachedAttention as cachedAttentionPrim } from '../prims/cached-attention.ts';
import { type MatmulNBitsAttributes, matmulNBits as matmulNBitsPrim } from '../prims/matmul-n-bits.ts';
import { type RopeAttributes, rope as ropePrim } from '../prims/rope.ts';

/**
 * Rotary position embedding, half-split as in Hugging Face's Llama.
 * @param x [B, H, T, d], or [B, T, H, d] with `layout: 'BTHd'` (slower: see prims/rope.ts)
 * @param cos [M, d/2], and `sin`: the tables
 * @param positions int64 [B, T], each < M
 */
export function rope(
  x: Tensor,
  cos: Tensor,
  sin: Tensor,
  positions: Tensor,
  { layout = 'BHTd' }: Partial<RopeAttributes> = {},
): Tensor {
  return apply(ropePrim, [x, cos, sin, positions], { layout });
}

export interface CachedAttentionInputs {
  /** [B, S, numHeads·d], before rotation. */
  readonly q: Tensor;
  /** [B, S, kvHeads·d], before rotation. */
  readonly k: Tensor;
  /** [B, S, kvHeads·d] */
  readonly v: Tensor;
  /** [B, kvHeads, MAX, d] */
  readonly pastK: Tensor;
  readonly pastV: Tensor;
  /** int32 [B]: each row's length after this call, minus one. */
  readonly seqlensK: Tensor;
  /** int32 []: the longest row's length after this call. Equal to S: a prompt from position 0. */
  readonly totalLength: Tensor;
  /** [M, d/2], M ≥ MAX */
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly numHeads: number;
  readonly kvHeads: number;
  /** Default d^-½. */
  readonly scale?: number;
}

/** Causal attention of new tokens over a KV cache, with rotary positions; no gradient. Rules: prims/cached-attention.ts. */
export function cachedAttention(inputs: CachedAttentionInputs): { out: Tensor; presentK: Tensor; presentV: Tensor } {
  const { q, k, v, pastK, pastV, seqlensK, totalLength, cos, sin, numHeads, kvHeads } = inputs;
  const scale = inputs.scale ?? 1 / Math.sqrt(Number(pastK.shape[3]));
  const tensors = [q, k, v, pastK, pastV, seqlensK, totalLength, cos, sin];
  const [out, presentK, presentV] = applyAll(cachedAttentionPrim, tensors, { numHeads, kvHeads, scale });
  return { out: out!, presentK: presentK!, presentV: presentV! };
}

/**
 * x [..., K] times a quantized weight [N, K], transposed; no gradient. Packing: prims/matmul-n-bits.ts.
 * @param qweight uint8 [N, ⌈K/blockSize⌉, blockSize·bits/8]
 * @param scales [N·⌈K/blockSize⌉]
 */
export function matmulNBits(
  x: Tensor,
  qweight: Tensor,
  scales: Tensor,
  options: Omit<MatmulNBitsAttributes, 'accuracyLevel'> & { readonly accuracyLevel?: 0 | 1 | 4 },
): Tensor {
  return apply(matmulNBitsPrim, [x, qweight, scales], { accuracyLevel: 0, ...options });
}
