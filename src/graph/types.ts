/** Element types, dimensions and tensor types: the vocabulary of the graph language. Plain data, no behaviour beyond tables. */

export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int8'
  | 'uint8'
  | 'uint32'
  | 'uint64'
  | 'bool';

/** A size known now, or a canonical expression of named sizes known at run time: 'B', '4*B*S', 'T+1' (see `dims.ts`). */
export type Dim = number | string;

export type Shape = readonly Dim[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Host arrays, one element per tensor element: f16/bf16 as their bits in Uint16Array, bool as Uint8Array. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int8Array
  | Uint8Array
  | Uint16Array;

/** How a state gets its first value; pure data, so that it can be stored and hashed. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'normal'; readonly std: number; readonly mean?: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

const floats: ReadonlySet<DType> = new Set<DType>(['float32', 'float64', 'float16', 'bfloat16']);
const integers: ReadonlySet<DType> = new Set<DType>(['int64', 'int32', 'int8', 'uint8', 'uint32', 'uint64']);

/** True for types that carry gradients. */
export const isFloat = (dtype: DType): boolean => floats.has(dtype);
export const isInteger = (dtype: DType): boolean => integers.has(dtype);
