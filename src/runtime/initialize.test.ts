/** First values depend on seed and name only, and have the distribution asked for. */
import { describe, expect, it } from 'vitest';
import { initialValue, nameHash } from './initialize.ts';

const normal = { kind: 'normal', std: 0.02, mean: 1 } as const;

describe('initial values', () => {
  it('are the same for the same seed and name, different otherwise', () => {
    const value = (name: string, seed: number) => initialValue(name, 'float32', [8], normal, seed);
    expect(value('a', 1)).toEqual(value('a', 1));
    expect(value('a', 1)).not.toEqual(value('b', 1));
    expect(value('a', 1)).not.toEqual(value('a', 2));
    expect(nameHash('a')).toBe(0xe40c292c); // FNV-1a's published test value
  });

  it('follow the initializer', () => {
    const data = initialValue('w', 'float32', [100, 100], normal, 7) as Float32Array;
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
    expect(mean).toBeCloseTo(1, 2);
    expect(deviation).toBeCloseTo(0.02, 3);
    const uniform = initialValue('w', 'float64', [1000], { kind: 'uniform', low: -2, high: 3 }, 7) as Float64Array;
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniform)).toBeLessThan(3);
    expect(initialValue('w', 'int64', [2], { kind: 'ones' }, 7)).toEqual(BigInt64Array.of(1n, 1n));
    expect(initialValue('w', 'bfloat16', [2], { kind: 'ones' }, 7)).toEqual(Uint16Array.of(0x3f80, 0x3f80));
    expect(initialValue('w', 'bool', [2], { kind: 'zeros' }, 7)).toEqual(new Uint8Array(2));
    expect(() => initialValue('w', 'int32', [2], normal, 7)).toThrow("the state 'w' is int32");
  });
});
