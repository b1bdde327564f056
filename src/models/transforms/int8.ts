/**
 * Weight-only int8 for inference: linear layers whose weight is stored quantized compute with MatMulNBits.
 * On disk (`compressed-tensors`, int-quantized): `<name>.weight` I8 [out, in], `<name>.weight_scale` F32 [out, in/block].
 * In memory: the same names, the integers as offset-binary uint8 [out, in/block, block] (the kernel's zero is 128), the
 * scales flat.
 */
import { AthanorError } from '../../core/index.ts';
import { add, matmulNBits, state } from '../../graph/index.ts';
import type { LinearTransform } from '../context.ts';

export interface Int8Options {
  /** Whether the layer `<name>` (its weight is `<name>.weight`) is quantized. */
  readonly isQuantized: (name: string) => boolean;
  readonly blockSize?: number;
  /**
   * 1: activations stay float32; 4: they are rounded to int8 too (faster). See DESIGN §2: up to 2.7 % on logits of a random
   * net.
   */
  readonly accuracyLevel?: 0 | 1 | 4;
}

/** Intercepts quantized linear layers. The layer's input width must be a multiple of the block. */
export function int8Transform({ isQuantized, blockSize = 32, accuracyLevel = 4 }: Int8Options): LinearTransform {
  return {
    name: 'int8',
    linear(context, x_NI, name, options) {
      if (!isQuantized(name)) return undefined;
      if (options.layout === 'in-out' || options.in % blockSize !== 0)
        throw new AthanorError(
          'unsupported',
          `int8: ${name}.weight must be [out, in] with in a multiple of ${blockSize}`,
          {
            place: `${name}.weight`,
            values: { in: options.in, out: options.out, layout: options.layout ?? 'out-in' },
          },
        );
      const blocks = options.in / blockSize;
      const weight = state(`${name}.weight`, [options.out, blocks, blockSize], { dtype: 'uint8' });
      const scales = state(`${name}.weight_scale`, [options.out * blocks], { dtype: 'float32' });
      const y_NO = matmulNBits(x_NI, weight, scales, {
        K: options.in,
        N: options.out,
        bits: 8,
        blockSize,
        accuracyLevel,
      });
      return options.bias
        ? add(y_NO, context.parameter(`${name}.bias`, [options.out], { kind: 'zeros' }, 'bias'))
        : y_NO;
    },
  };
}

/** Signed bytes → the kernel's offset-binary bytes (q + 128). */
export function int8ToOffset(values: Int8Array): Uint8Array {
  const result = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = values[i]! + 128;
  return result;
}
