/** A quantization scheme: how one linear weight becomes integers and scales, and back. Knows no files and no models. */
import type { z } from 'zod';

/** Weight-only quantization of an [out, in] matrix in blocks along `in`. */
export interface QuantizedWeight {
  /** Integers, [out, in]. */
  readonly values: Int8Array;
  /** One scale a block, [out, ceil(in / block_size)]. */
  readonly scales: Float32Array;
}

export interface Scheme<Config = unknown> {
  readonly name: string;
  readonly describe: string;
  readonly config: z.ZodType<Config>;
  /** @param weight row-major [out, in] */
  quantize(weight: Float32Array, out: number, inFeatures: number, config: Config): QuantizedWeight;
  /** The matrix that inference computes with, [out, in]. */
  dequantize(quantized: QuantizedWeight, out: number, inFeatures: number, config: Config): Float32Array;
  /** `quantization_config` of config.json, in the layout of the compressed-tensors library. */
  describeConfig(config: Config, ignored: readonly string[]): Record<string, unknown>;
}

/** Defines a scheme; adding the file registers it. */
export function defineScheme<Config>(scheme: Scheme<Config>): Scheme<Config> {
  return scheme;
}
