/**
 * Cosine and sine tables of rotary position embedding (Su et al. 2021, eq. 34), half-split layout as in Hugging Face.
 * Angles are rounded to float32 where PyTorch rounds them: at position 2,048 that matters in the fourth digit.
 */
import { z } from 'zod';

export const ropeScalingSchema = z.looseObject({
  rope_type: z.enum(['default', 'linear', 'llama3']).optional().describe('The rule.'),
  type: z.enum(['default', 'linear', 'llama3']).optional().describe('Older name of rope_type.'),
  factor: z.number().positive().optional().describe('How many times longer the context becomes.'),
  low_freq_factor: z.number().positive().optional().describe('llama3: wavelengths above original/low are divided.'),
  high_freq_factor: z.number().positive().optional().describe('llama3: wavelengths below original/high stay.'),
  original_max_position_embeddings: z.number().int().positive().optional().describe('llama3: context before scaling.'),
});
export type RopeScaling = z.output<typeof ropeScalingSchema>;

export interface RopeTables {
  /** [length, headDim / 2]. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly length: number;
  readonly half: number;
}

/** Tables for positions 0 … length-1. */
export function ropeTables(length: number, headDim: number, theta: number, scaling?: RopeScaling | null): RopeTables {
  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => {
    const power = Math.fround(theta ** Math.fround((2 * i) / headDim));
    return scaleFrequency(Math.fround(1 / power), scaling);
  });
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin, length, half };
}

/** Context-extension rules, as in Hugging Face's `modeling_rope_utils`. */
function scaleFrequency(frequency: number, scaling: RopeScaling | null | undefined): number {
  const rule = scaling?.rope_type ?? scaling?.type ?? 'default';
  if (!scaling || rule === 'default') return frequency;
  const factor = scaling.factor ?? 1;
  if (rule === 'linear') return Math.fround(frequency / factor);
  const low = scaling.low_freq_factor ?? 1;
  const high = scaling.high_freq_factor ?? 4;
  const original = scaling.original_max_position_embeddings ?? 8192;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < original / high) return frequency;
  if (wavelength > original / low) return Math.fround(frequency / factor);
  const smooth = (original / wavelength - low) / (high - low);
  return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
}
