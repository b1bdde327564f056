import { AthanorError } from '../../core/index.ts';
import { shapesEqual } from '../dims.ts';
import { shapeError } from '../ir.ts';
import { definePrim } from '../prim.ts';
import { matmul, type NdArray, ndarray, reshape, sizeOf, transposeLast } from '../reference/ndarray.ts';

/**
 * x · Wᵀ for a weight quantized block by block: com.microsoft MatMulNBits. Inference only.
 *
 * x [..., K]; qweight uint8 [N, ⌈K/block⌉, block·bits/8], 4-bit values two a byte with the first in the low half; scales
 * [N·⌈K/block⌉] of x's type. W[n, k] = (q[n, k] − zero) · scale[n, ⌊k/block⌋] with zero = 2^(bits−1): 8 or 128. → [..., N].
 * accuracyLevel 4 lets the kernel round activations to int8 (fastest), 1 keeps float32, 0 leaves the choice to it.
 */
export interface MatmulNBitsAttributes {
  readonly K: number;
  readonly N: number;
  readonly bits: 4 | 8;
  /** A power of two ≥ 16. */
  readonly blockSize: number;
  readonly accuracyLevel: 0 | 1 | 4;
}

export const matmulNBits = definePrim<MatmulNBitsAttributes>({
  name: 'matmul-n-bits',
  infer(inputs, { K, N, bits, blockSize }) {
    const [x, qweight, scales] = inputs;
    if ((bits !== 4 && bits !== 8) || blockSize < 16 || !Number.isInteger(Math.log2(blockSize)))
      throw new AthanorError('bad-input', `matmulNBits: ${bits} bits in blocks of ${blockSize}`, {
        hint: 'Use 4 or 8 bits, and a block size that is a power of two ≥ 16.',
      });
    const blocks = Math.ceil(K / blockSize);
    const bytes = (blockSize * bits) / 8;
    const fits =
      x &&
      x.shape.length >= 1 &&
      x.shape.at(-1) === K &&
      qweight?.dtype === 'uint8' &&
      shapesEqual(qweight.shape, [N, blocks, bytes]) &&
      scales?.dtype === x.dtype &&
      shapesEqual(scales.shape, [N * blocks]);
    if (!fits)
      throw shapeError(
        'matmulNBits',
        inputs,
        `x [..., ${K}], qweight uint8 [${N}, ${blocks}, ${bytes}], scales [${N * blocks}] of x's type`,
      );
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), N] }];
  },
  emit(context, { inputs, outputs, attributes: { K, N, bits, blockSize, accuracyLevel } }) {
    const dtype = inputs[0]!.dtype;
    if (dtype !== 'float32')
      throw new AthanorError('unsupported', `matmulNBits: there is no kernel for ${dtype}, only for float32`);
    context.node(
      'MatMulNBits',
      inputs.map((x) => x.name),
      { K, N, bits, block_size: blockSize, accuracy_level: accuracyLevel },
      { outputs: [outputs[0]!.name], domain: 'com.microsoft' },
    );
  },
  gradient: 'none',
  reference([x, qweight, scales], attributes) {
    const weight = dequantize(qweight!, scales!, attributes);
    const flat = reshape(x!, [sizeOf(x!.shape.slice(0, -1)), attributes.K]);
    return [reshape(matmul(flat, transposeLast(weight)), [...x!.shape.slice(0, -1), attributes.N])];
  },
});

/** W [N, K] in float64. */
export function dequantize(
  qweight: NdArray,
  scales: NdArray,
  { K, N, bits, blockSize }: Omit<MatmulNBitsAttributes, 'accuracyLevel'>,
): NdArray {
  const blocks = Math.ceil(K / blockSize);
  const bytes = (blockSize * bits) / 8;
  const zero = 2 ** (bits - 1);
  const weight = ndarray([N, K]);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++) {
      const block = n * blocks + Math.floor(k / blockSize);
      const within = k % blockSize;
      const byte = qweight.data[block * bytes + (bits === 4 ? within >> 1 : within)]!;
      const value = bits === 8 ? byte : within % 2 === 0 ? byte & 15 : byte >> 4;
      weight.data[n * K + k] = (value - zero) * scales.data[block]!;
    }
  return weight;
}
