/** First values of states, from their initializer, a seed and their name alone: the order of states does not matter. Pure. */
import { AthanorError, Rng } from '../core/index.ts';
import type { Initializer } from '../graph/index.ts';
import { fromFloat32Array, newArray, sizeOf } from './dtypes.ts';
import type { DType, TypedArray } from './types.ts';

/** FNV-1a, 32 bits: the stream of a state's random numbers. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/**
 * The initial value of a state.
 * @param shape numbers only
 * @throws AthanorError('unsupported') for a random initializer of an integer type
 */
export function initialValue(
  name: string,
  dtype: DType,
  shape: readonly number[],
  init: Initializer,
  seed: number,
): TypedArray {
  const length = sizeOf(shape);
  if (init.kind === 'zeros') return newArray(dtype, length);
  if (dtype === 'float16' || dtype === 'bfloat16')
    return fromFloat32Array(dtype, initialValue(name, 'float32', shape, init, seed) as Float32Array);
  const data = newArray(dtype, length);
  if (init.kind === 'ones') {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(1n);
    else data.fill(1);
    return data;
  }
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw new AthanorError(
      'unsupported',
      `the state '${name}' is ${dtype}; only float states can start from random numbers`,
      { place: name },
    );
  const rng = new Rng(seed, nameHash(name));
  if (init.kind === 'normal') {
    const mean = init.mean ?? 0;
    for (let i = 0; i < length; i++) data[i] = mean + init.std * rng.normal();
  } else for (let i = 0; i < length; i++) data[i] = init.low + (init.high - init.low) * rng.uniform();
  return data;
}
