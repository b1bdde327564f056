import { AthanorError } from '../../core/index.ts';
import { shapesEqual } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { type NdArray, ndarray } from '../reference/ndarray.ts';
import type { TensorType } from '../types.ts';

/**
 * Causal grouped-query attention over a KV cache with rotary positions (half-split form, as `rope`): com.microsoft
 * GroupQueryAttention. Inference only.
 *
 * Inputs, in order: q [B, S, H·d]; k, v [B, S, KV·d] (not yet rotated); pastK, pastV [B, KV, MAX, d]; seqlensK int32 [B];
 * totalLength int32 []; cos, sin [≥ MAX, d/2]. Row b holds seqlensK[b] + 1 tokens after this call, of which its last S are new;
 * H must be a multiple of KV (query head h reads cache head ⌊h·KV/H⌋), and d of 16 (the kernel's rule with rotary).
 * totalLength is the longest row's length. When it equals S the call is a prompt: rows are padded at the right, start at
 * position 0, and the outputs of padding are meaningless. Otherwise S = 1, or B = 1 (the kernel refuses the rest).
 *
 * Outputs: out [B, S, H·d]; presentK, presentV [B, KV, MAX, d] = past with the new rows written. Rows from a sequence's end on
 * are zeros, but keep their old content where past and present share a buffer: nobody may read them.
 */
export interface CachedAttentionAttributes {
  readonly numHeads: number;
  readonly kvHeads: number;
  /** Of the scores q·k; usually d^-½. */
  readonly scale: number;
}

export const cachedAttention = definePrim<CachedAttentionAttributes>({
  name: 'cached-attention',
  infer(inputs, { numHeads, kvHeads }) {
    const [q, , , pastK] = inputs;
    const width = pastK?.shape[3];
    if (!q || !pastK || typeof width !== 'number' || !fits(inputs, numHeads, kvHeads, width))
      throw shapeError(
        'cachedAttention',
        inputs,
        `q [B, S, ${numHeads}*d], k and v [B, S, ${kvHeads}*d], pastK and pastV [B, ${kvHeads}, MAX, d], int32 seqlensK [B], int32 totalLength [], cos and sin [M, d/2], with d a multiple of 16`,
        width !== undefined && Number(width) % 16 !== 0 ? `The head size is ${width}.` : undefined,
      );
    return [q, pastK, pastK].map(({ dtype, shape }) => ({ dtype, shape }));
  },
  emit(context, { inputs, outputs, attributes: { numHeads, kvHeads, scale } }) {
    const dtype = inputs[0]!.dtype;
    if (dtype !== 'float32')
      throw new AthanorError('unsupported', `cachedAttention: there is no kernel for ${dtype}, only for float32`);
    context.node(
      'GroupQueryAttention',
      inputs.map((x) => x.name),
      { num_heads: numHeads, kv_num_heads: kvHeads, scale: { float: scale }, do_rotary: 1, rotary_interleaved: 0 },
      { outputs: outputs.map((output) => output.name), domain: 'com.microsoft' },
    );
  },
  gradient: 'none',
  reference(inputs, { numHeads, kvHeads, scale }) {
    const [q, k, v, pastK, pastV, seqlensK, totalLength, cos, sin] = inputs as readonly NdArray[] as [
      NdArray,
      NdArray,
      NdArray,
      NdArray,
      NdArray,
      NdArray,
      NdArray,
      NdArray,
      NdArray,
    ];
    const [batch, steps] = q.shape as [number, number];
    const [max, width] = pastK.shape.slice(2) as [number, number];
    const prompt = totalLength.data[0] === steps;
    const out = ndarray(q.shape);
    const [presentK, presentV] = [ndarray(pastK.shape), ndarray(pastV.shape)];
    const cacheRow = (b: number, head: number, t: number) => ((b * kvHeads + head) * max + t) * width;
    for (let b = 0; b < batch; b++) {
      const total = seqlensK.data[b]! + 1;
      const past = prompt ? 0 : total - steps;
      for (let head = 0; head < kvHeads; head++) {
        for (let t = 0; t < past; t++)
          for (const [to, from] of [
            [presentK, pastK],
            [presentV, pastV],
          ] as const) {
            const at = cacheRow(b, head, t);
            to.data.set(from.data.subarray(at, at + width), at);
          }
        for (let s = 0; s < steps; s++) {
          const from = ((b * steps + s) * kvHeads + head) * width;
          const at = cacheRow(b, head, past + s);
          presentK.data.set(rotate(k.data.subarray(from, from + width), past + s, cos, sin), at);
          presentV.data.set(v.data.subarray(from, from + width), at);
        }
      }
      for (let head = 0; head < numHeads; head++)
        for (let s = 0; s < steps; s++) {
          const from = ((b * steps + s) * numHeads + head) * width;
          const query = rotate(q.data.subarray(from, from + width), past + s, cos, sin);
          const base = cacheRow(b, Math.floor((head * kvHeads) / numHeads), 0);
          const length = Math.min(past + s + 1, total);
          out.data.set(attend(query, presentK.data.subarray(base), presentV.data.subarray(base), length, scale), from);
        }
    }
    return [out, presentK, presentV];
  },
});

function fits(inputs: readonly TensorType[], numHeads: number, kvHeads: number, width: number): boolean {
  const [q, k, v, pastK, pastV, seqlensK, totalLength, cos, sin] = inputs;
  const [batch, steps] = q!.shape;
  const past = [batch!, kvHeads, pastK!.shape[2]!, width];
  return (
    inputs.length === 9 &&
    numHeads % kvHeads === 0 &&
    width % 16 === 0 &&
    q!.shape.length === 3 &&
    q!.shape[2] === numHeads * width &&
    [k, v].every((x) => x && shapesEqual(x.shape, [batch!, steps!, kvHeads * width])) &&
    [pastK, pastV].every((x) => x && shapesEqual(x.shape, past)) &&
    seqlensK?.dtype === 'int32' &&
    shapesEqual(seqlensK.shape, [batch!]) &&
    totalLength?.dtype === 'int32' &&
    totalLength.shape.length === 0 &&
    [cos, sin].every((x) => x?.shape.length === 2 && x.shape[1] === width / 2) &&
    [k, v, pastK, pastV, cos, sin].every((x) => x?.dtype === q!.dtype)
  );
}

/** One head's vector rotated to `position`. */
function rotate(x: Float64Array, position: number, cos: NdArray, sin: NdArray): Float64Array {
  const half = x.length / 2;
  return x.map((value, i) => {
    const at = position * half + (i % half);
    return i < half
      ? value * cos.data[at]! - x[i + half]! * sin.data[at]!
      : value * cos.data[at]! + x[i - half]! * sin.data[at]!;
  });
}

/** softmax(scale · q·Kᵀ) V over the first `length` rows of one head's cache. */
function attend(query: Float64Array, keys: Float64Array, values: Float64Array, length: number, scale: number) {
  const width = query.length;
  const scores = Float64Array.from({ length }, (_, t) =>
    query.reduce((total, value, i) => total + value * keys[t * width + i]! * scale, 0),
  );
  const top = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = scores.map((score) => Math.exp(score - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return query.map((_, i) => weights.reduce((total, weight, t) => total + weight * values[t * width + i]!, 0) / sum);
}
