import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int8 } from './int8.ts';

const config = { use: 'int8', block_size: 32 } as const;

describe('int8', () => {
  it('keeps every weight within half a step of its block', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 70 }),
        fc.infiniteStream(fc.integer({ min: -4000, max: 4000 })),
        (out, inFeatures, numbers) => {
          const weight = Float32Array.from({ length: out * inFeatures }, () => (numbers.next().value as number) / 1000);
          const quantized = int8.quantize(weight, out, inFeatures, config);
          const restored = int8.dequantize(quantized, out, inFeatures, config);
          const blocks = Math.ceil(inFeatures / 32);
          for (let i = 0; i < weight.length; i++) {
            const scale = quantized.scales[Math.floor(i / inFeatures) * blocks + Math.floor((i % inFeatures) / 32)]!;
            expect(Math.abs(restored[i]! - weight[i]!)).toBeLessThanOrEqual(scale * 0.5 + scale * 1e-5);
          }
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it('represents zeros and the largest weight of a block exactly', () => {
    const weight = new Float32Array(64);
    weight[3] = 2.54;
    const restored = int8.dequantize(int8.quantize(weight, 2, 32, config), 2, 32, config);
    expect(restored[3]).toBeCloseTo(2.54, 6);
    expect(restored[0]).toBe(0);
    expect([...restored.subarray(32)].every((value) => value === 0)).toBe(true);
  });
});
