/** Bits of the 16-bit float types, float16 and bfloat16 ↔ float32. `runtime/` converts whole arrays by them. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** float32 → bfloat16 bits, round to nearest even; NaN stays NaN. */
export function toBfloat16(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // quiet NaN: rounding could carry it into infinity
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** bfloat16 bits → float32. */
export function fromBfloat16(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}

/** float32 → float16 bits, round to nearest even; overflow gives infinity, NaN stays NaN. */
export function toFloat16(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00; // ≥ 65536
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 lines the result's last bit up with float32's, so the hardware rounds to even for us.
    float[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13); // 65520 and more carries into infinity
}

/** float16 bits → float32 (exact). */
export function fromFloat16(half: number): number {
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  bits[0] = ((half & 0x8000) << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13);
  return float[0]!;
}
