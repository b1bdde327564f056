/** Half-precision conversions against exact references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../graph/index.ts';
import { asFloat32, fromFloat32Array, toFloat32Array } from './dtypes.ts';

/** The value of float16 bits, from the definition. */
function exactFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

const float32 = fc.oneof(
  fc.float({ noNaN: true }),
  fc.float({ noNaN: true, min: -70000, max: 70000 }),
  fc.float({ noNaN: true, min: -Math.fround(2 ** -13), max: Math.fround(2 ** -13) }),
);

/** Whether `half` is the nearest to `value` among it and its neighbours, the even one in a tie. */
function isNearest(value: number, half: number, exact: (half: number) => number): boolean {
  const magnitude = half & 0x7fff;
  const error = Math.abs(Math.abs(value) - Math.abs(exact(magnitude)));
  return [magnitude - 1, magnitude + 1].every((other) => {
    if (other < 0) return true;
    const otherError = Math.abs(Math.abs(value) - Math.abs(exact(other)));
    return Number.isNaN(otherError) || error < otherError || (error === otherError && magnitude % 2 === 0);
  });
}

describe('float16', () => {
  it('decodes all 65,536 bit patterns exactly, and encodes them back', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = toFloat32Array('float16', bits);
    const back = fromFloat32Array('float16', values);
    for (let half = 0; half < 65536; half++) {
      if (!Object.is(values[half], exactFloat16(half)) || !Object.is(fromFloat16(half), exactFloat16(half)))
        expect.fail(`bits ${half}`);
      if (!Number.isNaN(values[half]) && back[half] !== half) expect.fail(`bits ${half} came back as ${back[half]}`);
      if (Number.isNaN(values[half]) && !Number.isNaN(exactFloat16(back[half]!))) expect.fail(`NaN ${half} was lost`);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    fc.assert(
      fc.property(
        float32.filter((value) => Math.abs(value) < 65520),
        (value) => isNearest(value, toFloat16(value), exactFloat16),
      ),
      { numRuns: 2000 },
    );
    expect([65519.996, 65520, 1e30, -1e30].map((value) => exactFloat16(toFloat16(value)))).toEqual([
      65504,
      Infinity,
      Infinity,
      -Infinity,
    ]);
    expect([2 ** -25, 1.5 * 2 ** -24, 2 ** -25 * (1 + 2 ** -23)].map(toFloat16)).toEqual([0, 2, 1]);
    expect(toFloat16(-0)).toBe(0x8000);
  });
});

describe('bfloat16', () => {
  const exact = (half: number): number => new Float32Array(Uint32Array.of(half << 16).buffer)[0]!;

  it('decodes and encodes all bit patterns', () => {
    const values = toFloat32Array(
      'bfloat16',
      Uint16Array.from({ length: 65536 }, (_, i) => i),
    );
    const back = fromFloat32Array('bfloat16', values);
    for (let half = 0; half < 65536; half++) {
      if (!Object.is(values[half], exact(half)) || !Object.is(fromBfloat16(half), exact(half)))
        expect.fail(`bits ${half}`);
      const same = Number.isNaN(values[half]) ? Number.isNaN(exact(back[half]!)) : back[half] === half;
      if (!same) expect.fail(`bits ${half} came back as ${back[half]}`);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    const largest = exact(0x7f7f);
    fc.assert(
      fc.property(
        float32.filter((value) => Math.abs(value) <= largest),
        (value) => isNearest(value, toBfloat16(value), exact),
      ),
      { numRuns: 2000 },
    );
    expect(exact(toBfloat16(3.4028234663852886e38))).toBe(Infinity);
  });
});

describe('asFloat32', () => {
  it('converts every float type and refuses others', () => {
    expect(asFloat32({ dtype: 'float16', data: Uint16Array.of(0x3c00) })).toEqual(Float32Array.of(1));
    expect(asFloat32({ dtype: 'float64', data: Float64Array.of(0.1) })).toEqual(Float32Array.of(0.1));
    expect(() => asFloat32({ dtype: 'int8', data: Int8Array.of(1) }, 'w')).toThrow("'w' is int8");
  });
});
