/**
 * One ONNX Runtime environment per process and library: the shared thread pool, memory descriptions, and session options
 * per device. Environments live as long as the process: the library's own shutdown order is not safe before that.
 */
import { availableParallelism } from 'node:os';
import { AthanorError } from '../../core/index.ts';
import type { Device } from '../types.ts';
import { check, loadOrt, make, nameList, type OrtLibrary, type Pointer } from './c-api.ts';

export type NativeDevice = Exclude<Device, 'wasm'>;

export interface Environment {
  readonly library: OrtLibrary;
  readonly env: Pointer;
  /** Threads of the shared pool. */
  readonly threads: number;
  readonly cpuMemory: Pointer;
  readonly defaultAllocator: Pointer;
}

/** ORT's severity 4: fatal only. Errors reach us as statuses; printing them too would be noise. */
const LOG_FATAL = 4;
const ENABLE_ALL_OPTIMIZATIONS = 99;
const DEVICE_ALLOCATOR = 0;
const MEMORY_DEFAULT = 0;

const environments = new Map<string, Environment>();

/**
 * The environment of a library; created at the first call, when `threads` and `spinning` are decided for its shared pool.
 * Sessions that want another number of threads get a pool of their own.
 */
export function openEnvironment(options: { library?: string; threads?: number; spinning?: boolean }): Environment {
  const library = loadOrt({ library: options.library });
  const known = environments.get(library.path);
  if (known) return known;
  const { api } = library;
  const threads = options.threads ?? availableParallelism();
  const threading = make(api, api.createThreadingOptions);
  check(api, api.setGlobalIntraOpNumThreads(threading, threads));
  check(api, api.setGlobalInterOpNumThreads(threading, 1));
  check(api, api.setGlobalSpinControl(threading, (options.spinning ?? true) ? 1 : 0));
  const env = make(api, api.createEnvWithGlobalThreadPools, LOG_FATAL, 'athanor', threading);
  api.releaseThreadingOptions(threading);
  check(api, api.disableTelemetryEvents(env));
  const cpuMemory = make(api, api.createCpuMemoryInfo, DEVICE_ALLOCATOR, MEMORY_DEFAULT);
  const defaultAllocator = make(api, api.getAllocatorWithDefaultOptions);
  const environment = { library, env, threads, cpuMemory, defaultAllocator };
  environments.set(library.path, environment);
  return environment;
}

/** What each device is called: in the provider list, by the generic append function, and for its memory. */
const devices = {
  webgpu: { provider: 'WebGpuExecutionProvider', memory: 'WebGPU_Buf' },
  cuda: { provider: 'CUDAExecutionProvider', memory: 'Cuda' },
} as const;

/** Describes a device's own memory. */
export function deviceMemory({ library: { api } }: Environment, device: 'webgpu' | 'cuda'): Pointer {
  return make(api, api.createMemoryInfo, devices[device].memory, DEVICE_ALLOCATOR, 0, MEMORY_DEFAULT);
}

export interface ProviderSettings {
  readonly device: NativeDevice;
  readonly threads: number;
  readonly spinning: boolean;
  /** Options of the execution provider, as ONNX Runtime documents them. */
  readonly providerOptions: Readonly<Record<string, string>>;
}

/** Session options for a device; the caller releases them. @throws AthanorError('unsupported') naming what there is */
export function createOptions(environment: Environment, settings: ProviderSettings): Pointer {
  const { library, threads } = environment;
  const { api } = library;
  const options = make(api, api.createSessionOptions);
  try {
    check(api, api.setSessionGraphOptimizationLevel(options, ENABLE_ALL_OPTIMIZATIONS));
    // One block planned for a whole run holds what the arena would reuse: a 12 M training step takes 1.40 GB with the
    // pattern and 0.86 GB without it, at the same speed.
    check(api, api.disableMemPattern(options));
    if (settings.threads === threads) check(api, api.disablePerSessionThreads(options));
    else {
      check(api, api.setIntraOpNumThreads(options, settings.threads));
      check(api, api.setInterOpNumThreads(options, 1));
      check(api, api.addSessionConfigEntry(options, 'session.intra_op.allow_spinning', settings.spinning ? '1' : '0'));
    }
    appendProvider(library, options, settings);
    return options;
  } catch (error) {
    api.releaseSessionOptions(options);
    throw error;
  }
}

function appendProvider(library: OrtLibrary, options: Pointer, { device, providerOptions }: ProviderSettings): void {
  if (device === 'cpu') return;
  const { api } = library;
  if (!library.providers.includes(devices[device].provider)) throw unsupported(library, device);
  const keys = nameList(Object.keys(providerOptions));
  const values = nameList(Object.values(providerOptions));
  const count = Object.keys(providerOptions).length;
  try {
    if (device === 'webgpu')
      check(api, api.sessionOptionsAppendExecutionProvider(options, 'WebGPU', keys.addresses, values.addresses, count));
    else {
      const cuda = make(api, api.createCudaProviderOptions);
      try {
        check(api, api.updateCudaProviderOptions(cuda, keys.addresses, values.addresses, count));
        check(api, api.sessionOptionsAppendCudaV2(options, cuda));
      } finally {
        api.releaseCudaProviderOptions(cuda);
      }
    }
  } catch (error) {
    throw unsupported(library, device, error);
  }
}

/** The error for a device that this library, or this machine, does not offer. */
export function unsupported(library: OrtLibrary, device: NativeDevice, cause?: unknown): AthanorError {
  // ORT's messages begin with its own source line.
  const why =
    cause instanceof Error
      ? cause.message.replace(/^ONNX Runtime: \/[\s\S]*(?:ONNXRuntimeError\] : \d+ : \w+ : | was false\. )/, '')
      : 'this build of ONNX Runtime lacks it';
  return new AthanorError('unsupported', `the device '${device}' cannot be used: ${why}`, {
    hint: `This library (${library.path}, ${library.version}) contains: ${library.providers.join(', ')}. Another build can be given by ATHANOR_ORT_LIBRARY; --device cpu always works.`,
    values: { device, providers: library.providers, library: library.path, version: library.version },
    cause,
  });
}
