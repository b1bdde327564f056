/** Constant tensors of a model under construction, stored once per content. */
import type { DType, TypedArray } from '../types.ts';
import type { OnnxInitializer } from './encode.ts';
import { toBfloat16, toFloat16 } from './half.ts';

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
} as const;

/** Values as the bytes of an element type, in a fresh array or the given one when it is right already. */
export function encodeValues(dtype: DType, values: TypedArray | readonly number[]): TypedArray {
  switch (dtype) {
    case 'int64':
      return values instanceof BigInt64Array ? values : BigInt64Array.from(values as ArrayLike<number>, toBigInt);
    case 'uint64':
      return values instanceof BigUint64Array ? values : BigUint64Array.from(values as ArrayLike<number>, toBigInt);
    case 'float16':
      return Uint16Array.from(values as ArrayLike<number>, toFloat16);
    case 'bfloat16':
      return Uint16Array.from(values as ArrayLike<number>, toBfloat16);
    case 'bool':
      return Uint8Array.from(values as ArrayLike<number>, (value) => (Number(value) === 0 ? 0 : 1));
    default:
      if (values instanceof arrays[dtype]) return values;
      return new arrays[dtype](Array.from(values as ArrayLike<number | bigint>, Number));
  }
}

/** Any integer that a double or a bigint holds; the largest double stands for "to the end". */
const toBigInt = (value: number | bigint): bigint => BigInt(value);

export class ConstantPool {
  readonly initializers: OnnxInitializer[] = [];
  private readonly byKey = new Map<string, OnnxInitializer[]>();

  /** The name of a constant with this content. */
  add(dtype: DType, values: TypedArray | readonly number[], shape: readonly number[]): string {
    const data = encodeValues(dtype, values);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${dtype} ${shape.join()} ${hash(bytes)}`;
    const same = this.byKey.get(key) ?? [];
    for (const other of same) if (equalBytes(other.data as TypedArray, bytes)) return other.name;
    const initializer = { name: `c${this.initializers.length}`, dtype, shape, data };
    this.initializers.push(initializer);
    this.byKey.set(key, [...same, initializer]);
    return initializer.name;
  }
}

/** FNV-1a. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

function equalBytes(data: TypedArray, bytes: Uint8Array): boolean {
  const other = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return other.length === bytes.length && other.every((byte, i) => byte === bytes[i]);
}
