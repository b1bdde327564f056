/** The Backend over ONNX Runtime's C API: makes sessions and stores for one device. */
import { AthanorError } from '../../core/index.ts';
import { bytesOf } from '../dtypes.ts';
import type { Backend, Session, SessionOptions, Store, Target } from '../types.ts';
import { addressList, check, make, nameList, type Pointer, stableBytes } from './c-api.ts';
import { createOptions, deviceMemory, type Environment, type ProviderSettings, unsupported } from './environment.ts';
import { freezeInputs, identityModel } from './model-bytes.ts';
import { NativeSession } from './session.ts';
import { type DeviceMemory, NativeStore } from './store.ts';
import { hostValue, type Value } from './values.ts';

export class NativeBackend implements Backend {
  readonly device: ProviderSettings['device'];
  readonly target: Target;
  readonly engine: string;
  readonly threads: number;
  private readonly environment: Environment;
  private readonly settings: ProviderSettings;
  private readonly memory: (DeviceMemory & { release(): void }) | undefined;
  private disposed = false;

  /** @throws AthanorError('unsupported') when the device cannot be used */
  constructor(environment: Environment, settings: ProviderSettings) {
    this.environment = environment;
    this.settings = settings;
    this.device = settings.device;
    // CUDA takes the graph as the CPU does; its contrib kernels are the same set.
    this.target = settings.device === 'webgpu' ? 'webgpu' : 'cpu';
    this.engine = `ONNX Runtime ${environment.library.version}`;
    this.threads = settings.threads;
    this.memory = settings.device === 'cpu' ? undefined : openDeviceMemory(environment, settings, settings.device);
  }

  createStore(): Store {
    this.mustBeOpen();
    return new NativeStore(this.environment, this.memory);
  }

  async createSession(model: Uint8Array, { name, constants = new Map() }: SessionOptions): Promise<Session> {
    this.mustBeOpen();
    const { api } = this.environment.library;
    const options = createOptions(this.environment, this.settings);
    const values: Value[] = [];
    try {
      const names = [...constants.keys()];
      let bytes = model;
      if (names.length > 0) {
        bytes = freezeInputs(model, constants);
        const addresses = addressList(names.length);
        [...constants.values()].forEach(({ dtype, shape, data }, i) => {
          // The engine copies the bytes while it loads the model, but wants memory that does not move.
          const stable = data.byteLength > 64 ? bytesOf(data) : stableBytes(data.byteLength);
          if (data.byteLength <= 64) stable.set(bytesOf(data));
          const value = hostValue(this.environment, dtype, shape, stable);
          values.push(value);
          addresses[i] = value.handle;
        });
        check(api, api.addExternalInitializers(options, nameList(names).addresses, addresses, names.length), name);
      }
      const create = () => createHandle(this.environment, bytes, options, name);
      const handle = await (this.memory ? this.memory.exclusive(create) : create());
      return new NativeSession(this.environment, handle, {
        name,
        constants: new Set(names),
        exclusive: this.memory && ((work) => this.memory!.exclusive(work)),
      });
    } finally {
      for (const value of values) api.releaseValue(value.handle);
      api.releaseSessionOptions(options);
    }
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.memory?.release();
  }

  private mustBeOpen(): void {
    if (this.disposed) throw new AthanorError('internal', 'internal: the backend is disposed');
  }
}

/** Loads a model on a worker thread. */
function createHandle(
  { library: { api }, env }: Environment,
  model: Uint8Array,
  options: Pointer,
  name: string,
): Promise<Pointer> {
  const out = addressList(1);
  return new Promise((resolve, reject) => {
    api.createSessionFromArrayTo.async(env, model, model.byteLength, options, out, (error, status) => {
      try {
        if (error) throw error;
        check(api, status, name);
        resolve(out[0]!);
      } catch (failure) {
        reject(failure);
      }
    });
  });
}

/**
 * A device's allocator belongs to a session, so one tiny session stays open as long as the device's memory is in use.
 * Work on the device is queued: WebGPU runs one thing at a time, and updates change places with their states between runs.
 */
function openDeviceMemory(
  environment: Environment,
  settings: ProviderSettings,
  device: 'webgpu' | 'cuda',
): DeviceMemory & { release(): void } {
  const { library, env } = environment;
  const { api } = library;
  if (!library.copyTensors)
    throw new AthanorError(
      'unsupported',
      `the device '${device}' needs ONNX Runtime 1.23 or newer; this is ${library.version}`,
      {
        place: library.path,
      },
    );
  const options = createOptions(environment, settings);
  let anchor: Pointer;
  try {
    const model = identityModel();
    anchor = make(api, api.createSessionFromArray, env, model, model.byteLength, options);
  } catch (error) {
    throw unsupported(library, device, error);
  } finally {
    api.releaseSessionOptions(options);
  }
  const info = deviceMemory(environment, device);
  const allocator = make(api, api.createAllocator, anchor, info);
  let last: Promise<unknown> = Promise.resolve();
  return {
    allocator,
    exclusive: (work) => {
      const result = last.then(work);
      last = result.catch(() => {});
      return result;
    },
    release: () => {
      api.releaseAllocator(allocator);
      api.releaseMemoryInfo(info);
      api.releaseSession(anchor);
    },
  };
}
