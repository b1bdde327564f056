/** Compute devices in Node: ONNX Runtime's C API. */
import { availableParallelism } from 'node:os';
import { AthanorError, unknownName } from '../core/index.ts';
import { NativeBackend } from './ort/backend.ts';
import { type NativeDevice, openEnvironment } from './ort/environment.ts';
import type { Backend } from './types.ts';

export * from './weights/safetensors-file.ts';

export interface BackendOptions {
  /** 'auto' (default 'cpu'): cuda when it can be used, else cpu. */
  readonly device?: NativeDevice | 'auto';
  /** Threads per operator; default: what the machine has. */
  readonly threads?: number;
  /** Idle threads spin for a while before they sleep: fastest alone on the machine, wasteful beside other processes. Default true. */
  readonly spinning?: boolean;
  /** An ONNX Runtime shared library; default `ATHANOR_ORT_LIBRARY`, else the one that npm installed. */
  readonly library?: string;
  /** Options of the execution provider, by ONNX Runtime's names. */
  readonly providerOptions?: Readonly<Record<string, string>>;
}

const deviceNames = ['cpu', 'webgpu', 'cuda', 'auto'];

/**
 * Opens a compute device.
 * @throws AthanorError('unsupported') when the device or library cannot be used, naming the providers that there are
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  const { device = 'cpu', threads, spinning = true, library, providerOptions = {} } = options;
  if (!deviceNames.includes(device)) throw unknownName('device', device, deviceNames);
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 1024))
    throw new AthanorError('bad-input', `threads must be an integer from 1 to 1024, got ${threads}`, {
      values: { threads },
    });
  const environment = openEnvironment({ library, threads, spinning });
  const open = (chosen: NativeDevice) =>
    new NativeBackend(environment, {
      device: chosen,
      // Not the shared pool's: the first device of the process decided that, for itself.
      threads: threads ?? availableParallelism(),
      spinning,
      providerOptions,
    });
  if (device !== 'auto') return open(device);
  try {
    return open('cuda');
  } catch (error) {
    if (error instanceof AthanorError && error.code === 'unsupported') return open('cpu');
    throw error;
  }
}
