/** Tensors that the C API can see: an `OrtValue` together with the host memory under it, kept referenced until released. */
import { onnxDataType } from '../../graph/index.ts';
import type { DType } from '../types.ts';
import { addressList, check, dimensionList, make, type Pointer, stableBytes } from './c-api.ts';
import type { Environment } from './environment.ts';

/** An OrtValue over our bytes, or over device memory (then `bytes` is undefined). */
export interface Value {
  readonly handle: Pointer;
  readonly bytes: Uint8Array | undefined;
}

/** Wraps host bytes (stable memory: see `stableBytes`). An empty tensor needs an address too, hence the spare byte. */
export function hostValue(environment: Environment, dtype: DType, shape: readonly number[], bytes: Uint8Array): Value {
  const { api } = environment.library;
  const handle = make(
    api,
    api.createTensorWithDataAsOrtValue,
    environment.cpuMemory,
    bytes.byteLength ? bytes : stableBytes(1),
    bytes.byteLength,
    dimensionList(shape),
    shape.length,
    onnxDataType[dtype],
  );
  return { handle, bytes };
}

/** Allocates a tensor in a device's memory. */
export function deviceValue(
  environment: Environment,
  allocator: Pointer,
  dtype: DType,
  shape: readonly number[],
): Value {
  const { api } = environment.library;
  const handle = make(
    api,
    api.createTensorAsOrtValue,
    allocator,
    dimensionList(shape),
    shape.length,
    onnxDataType[dtype],
  );
  return { handle, bytes: undefined };
}

/** Copies a whole tensor between host and device. */
export function copyValue(environment: Environment, from: Value, to: Value): void {
  const { library, env } = environment;
  const sources = addressList(1);
  const destinations = addressList(1);
  sources[0] = from.handle;
  destinations[0] = to.handle;
  check(library.api, library.copyTensors!(env, sources, destinations, null, 1));
}

/** The shape of a value made by the engine. */
export function valueShape(environment: Environment, handle: Pointer): number[] {
  const { api } = environment.library;
  const info = make(api, api.getTensorTypeAndShape, handle);
  try {
    const count = addressList(1);
    check(api, api.getDimensionsCount(info, count));
    const dims = dimensionList(new Array<number>(Number(count[0])).fill(0));
    check(api, api.getDimensions(info, dims, dims.length));
    return Array.from(dims, Number);
  } finally {
    api.releaseTensorTypeAndShapeInfo(info);
  }
}

/** The address of a host tensor's data made by the engine. */
export function valueData(environment: Environment, handle: Pointer): Pointer {
  const { api } = environment.library;
  return make(api, api.getTensorMutableData, handle);
}
