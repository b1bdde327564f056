/** Tables and conversions of element types: bytes per element, host arrays, float16/bfloat16 ↔ float32. Pure. */
import { AthanorError } from '../core/index.ts';
import { fromFloat16, toBfloat16, toFloat16 } from '../graph/index.ts';
import type { DType, HostTensor, TypedArray } from './types.ts';

/** Types that files may hold beyond the graph's own. */
export type StoredDType = DType | 'int16' | 'uint16';
export type StoredArray = TypedArray | Int16Array;

/** Bytes of one element. */
export const itemSize = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const satisfies Record<StoredDType, number>;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<StoredDType, unknown>;

/** The typed array over `bytes` (aligned to the item size) that holds elements of `dtype`. */
export function arrayOver(dtype: DType, bytes: Uint8Array): TypedArray;
export function arrayOver(dtype: StoredDType, bytes: Uint8Array): StoredArray;
export function arrayOver(dtype: StoredDType, bytes: Uint8Array): StoredArray {
  return new arrays[dtype](bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / itemSize[dtype]);
}

/** A new zeroed array of `length` elements. */
export function newArray(dtype: DType, length: number): TypedArray {
  return new arrays[dtype](length) as TypedArray;
}

/** True when `data` is the kind of array that holds `dtype`. */
export function holds(dtype: StoredDType, data: unknown): boolean {
  return data instanceof arrays[dtype];
}

export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** Number of elements. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Checks that a tensor's array fits its dtype and shape. @throws AthanorError('shape') naming the tensor, got and expected */
export function checkData(name: string, dtype: DType, shape: readonly number[], data: unknown): void {
  const expected = sizeOf(shape);
  if (holds(dtype, data) && (data as TypedArray).length === expected) return;
  const got = ArrayBuffer.isView(data) ? `${data.constructor.name} of ${(data as TypedArray).length}` : typeof data;
  throw new AthanorError(
    'shape',
    `'${name}': expected ${arrays[dtype].name} of ${expected} (${dtype} [${shape.join(', ')}]), got ${got}`,
    {
      place: name,
      values: { name, dtype, shape, got },
    },
  );
}

let float16Table: Float32Array | undefined;

/** Converts a whole array of half-precision bits to float32. */
export function toFloat32Array(dtype: 'float16' | 'bfloat16', halves: Uint16Array): Float32Array {
  const result = new Float32Array(halves.length);
  if (dtype === 'bfloat16') {
    const words = new Uint32Array(result.buffer);
    for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
    return result;
  }
  float16Table ??= Float32Array.from({ length: 65536 }, (_, half) => fromFloat16(half));
  for (let i = 0; i < halves.length; i++) result[i] = float16Table[halves[i]!]!;
  return result;
}

/** Converts a whole float32 array to half-precision bits, rounding to nearest even. */
export function fromFloat32Array(dtype: 'float16' | 'bfloat16', values: Float32Array): Uint16Array {
  const convert = dtype === 'bfloat16' ? toBfloat16 : toFloat16;
  const result = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = convert(values[i]!);
  return result;
}

/** A float tensor's values as float32 (its own array when it is float32 already). @throws AthanorError('shape') for other types */
export function asFloat32(
  tensor: { readonly dtype: StoredDType; readonly data: StoredArray },
  name = 'tensor',
): Float32Array {
  if (tensor.dtype === 'float32') return tensor.data as Float32Array;
  if (tensor.dtype === 'float64') return Float32Array.from(tensor.data as Float64Array);
  if (tensor.dtype === 'float16' || tensor.dtype === 'bfloat16')
    return toFloat32Array(tensor.dtype, tensor.data as Uint16Array);
  throw new AthanorError('shape', `'${name}' is ${tensor.dtype}; expected a float type`, { place: name });
}

/** A host tensor, checked. @throws AthanorError('shape') */
export function hostTensor(dtype: DType, shape: readonly number[], data: TypedArray): HostTensor {
  checkData('tensor', dtype, shape, data);
  return { dtype, shape, data };
}
