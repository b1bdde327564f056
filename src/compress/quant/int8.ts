/**
 * Weight-only int8, symmetric, one float32 scale for each block of `block_size` inputs: w ≈ scale · q, q in [-127, 127],
 * scale = max|w| / 127 (absmax rounding, as in LLM.int8(), Dettmers et al. 2022, section 2.1, but by block).
 * On disk it is compressed-tensors' `int-quantized` layout: `<name>` I8 [out, in] and `<name>_scale` F32 [out, blocks].
 */
import { z } from 'zod';
import { defineScheme } from '../scheme.ts';

const config = z.strictObject({
  use: z.literal('int8').default('int8').describe('The scheme.'),
  block_size: z
    .union([z.literal(16), z.literal(32), z.literal(64), z.literal(128)])
    .default(32)
    .describe('Inputs that share one scale: smaller is more exact and larger on disk.'),
});
export type Int8Config = z.output<typeof config>;

export const int8 = defineScheme<Int8Config>({
  name: 'int8',
  describe: 'Weight-only 8-bit integers with one scale a block; linear layers only.',
  config,
  quantize(weight, out, inFeatures, { block_size }) {
    const blocks = Math.ceil(inFeatures / block_size);
    const values = new Int8Array(out * inFeatures);
    const scales = new Float32Array(out * blocks);
    for (let row = 0; row < out; row++) {
      for (let block = 0; block < blocks; block++) {
        const start = row * inFeatures + block * block_size;
        const end = Math.min(start + block_size, (row + 1) * inFeatures);
        let largest = 0;
        for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weight[i]!));
        const scale = Math.fround(largest / 127);
        scales[row * blocks + block] = scale;
        if (scale === 0) continue;
        for (let i = start; i < end; i++) values[i] = Math.max(-127, Math.min(127, Math.round(weight[i]! / scale)));
      }
    }
    return { values, scales };
  },
  dequantize({ values, scales }, out, inFeatures, { block_size }) {
    const blocks = Math.ceil(inFeatures / block_size);
    const weight = new Float32Array(out * inFeatures);
    for (let row = 0; row < out; row++)
      for (let i = 0; i < inFeatures; i++)
        weight[row * inFeatures + i] =
          values[row * inFeatures + i]! * scales[row * blocks + Math.floor(i / block_size)]!;
    return weight;
  },
  describeConfig({ block_size }, ignored) {
    return {
      quant_method: 'compressed-tensors',
      format: 'int-quantized',
      quantization_status: 'compressed',
      ignore: ignored,
      config_groups: {
        group_0: {
          targets: ['Linear'],
          weights: {
            num_bits: 8,
            type: 'int',
            symmetric: true,
            strategy: 'group',
            group_size: block_size,
            dynamic: false,
          },
          input_activations: null,
          output_activations: null,
        },
      },
    };
  },
});
