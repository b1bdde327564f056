/**
 * What a compute device offers: sessions that run an ONNX model, stores that hold named state. Data types and interfaces
 * only; `ort/` implements them over the C API, `web.ts` over onnxruntime-web, `program.ts` uses them.
 */
import type { DType, Shape, TypedArray } from '../graph/index.ts';

export type { DType, Shape, TypedArray } from '../graph/index.ts';

export type Device = 'cpu' | 'webgpu' | 'cuda' | 'wasm';
/** What the ONNX emission aims at. */
export type Target = 'cpu' | 'webgpu' | 'wasm';

/** A tensor in host memory. float16/bfloat16 are their bits in a Uint16Array, bool is a Uint8Array of 0 and 1. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export interface Backend {
  readonly device: Device;
  readonly target: Target;
  /** The engine's version, such as 'ONNX Runtime 1.30.0'. */
  readonly engine: string;
  /** Threads that one operator may use; 1 where it does not apply. */
  readonly threads: number;
  createStore(): Store;
  /** @throws AthanorError('engine') with the engine's message when the model is refused */
  createSession(model: Uint8Array, options: SessionOptions): Promise<Session>;
  /** Frees the device; stores and sessions made by it may not be used afterwards. */
  dispose(): void;
}

export interface SessionOptions {
  /** For error messages. */
  readonly name: string;
  /** Model inputs that become constants of the session (weights that never change): the engine may repack them. */
  readonly constants?: ReadonlyMap<string, HostTensor>;
  /** States whose `${name}.next` is an output: kept on the device. */
  readonly updates?: readonly string[];
}

/** Named state that several programs share: parameters, optimizer moments, KV caches. */
export interface Store {
  has(name: string): boolean;
  names(): string[];
  /** The type of a state. @throws AthanorError('not-found') */
  info(name: string): { readonly dtype: DType; readonly shape: readonly number[] };
  /** Adds a state; zeros without `data`. @throws AthanorError('bad-input') when the name is taken, 'shape' when sizes do not fit */
  create(name: string, dtype: DType, shape: readonly number[], data?: TypedArray): void;
  /** A copy of the current value, in host memory. */
  read(name: string): Promise<HostTensor>;
  /** Replaces the value. @throws AthanorError('shape') when the length or type differs */
  write(name: string, data: TypedArray): void;
  /** The state's own memory, without a copy (cpu only). @throws AthanorError('unsupported') elsewhere */
  view(name: string): TypedArray;
  /** Forgets a state and frees its memory. */
  delete(name: string): void;
  dispose(): void;
}

/** One output of a run; `shape` is undefined where only the engine knows it. */
export interface OutputRequest {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[] | undefined;
}

/** A range of the leading axis. */
export interface Rows {
  readonly start: number;
  readonly count: number;
}

/** One run, already checked by `Program`. */
export interface RunRequest {
  readonly store: Store;
  readonly feeds: readonly { readonly name: string; readonly value: HostTensor }[];
  /** States read by the model; `rows` binds only a range of the stored tensor. */
  readonly states: readonly { readonly name: string; readonly rows?: Rows }[];
  /** States that the model's output `${name}.next` replaces. */
  readonly updates: readonly { readonly name: string; readonly rows?: Rows }[];
  readonly outputs: readonly OutputRequest[];
  /** cpu: write updates straight over the state. Other devices always use a second buffer. */
  readonly inPlace: boolean;
  /** Outputs may be views of memory that the session's next run overwrites. */
  readonly reuseOutputs: boolean;
  readonly signal?: AbortSignal;
}

export interface Session {
  /** Names of the model's inputs that became constants. */
  readonly constants: ReadonlySet<string>;
  /** Runs once; the calling thread stays free. Several runs may be under way at once. */
  run(request: RunRequest): Promise<Record<string, HostTensor>>;
  /** Cancels what is running, then frees the session. */
  dispose(): void;
}

/** A program's input, state or output; dims may be named. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}
