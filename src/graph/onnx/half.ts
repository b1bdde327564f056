/** Bits of the 16-bit float types, rounded to nearest even. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The float16 bits of a number; beyond ±65504 infinity. */
export function toFloat16(value: number): number {
  float[0] = value;
  const source = bits[0]!;
  const sign = (source >>> 16) & 0x8000;
  const exponent = (source >>> 23) & 0xff;
  const mantissa = source & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const shifted = exponent - 112;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted <= 0) {
    if (shifted < -10) return sign;
    return sign | roundShift(mantissa | 0x800000, 14 - shifted);
  }
  // A carry out of the mantissa steps the exponent, up to infinity: as it should.
  return sign | ((shifted << 10) + roundShift(mantissa, 13));
}

/** The bfloat16 bits of a number. */
export function toBfloat16(value: number): number {
  float[0] = value;
  const source = bits[0]!;
  if (Number.isNaN(value)) return 0x7fc0;
  return roundShift(source, 16) & 0xffff;
}

/** value / 2^count, to nearest, ties to even. */
function roundShift(value: number, count: number): number {
  const base = Math.floor(value / 2 ** count);
  const rest = value - base * 2 ** count;
  const half = 2 ** (count - 1);
  return rest > half || (rest === half && base % 2 === 1) ? base + 1 : base;
}
