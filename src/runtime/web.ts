/**
 * Compute devices in the browser: the same Backend over `onnxruntime-web`, which is imported only when a device is opened.
 * wasm keeps state in JavaScript's memory, webgpu keeps updated state in GPU buffers between runs. The engine runs one
 * session at a time and cannot interrupt a run.
 */
import type * as Ort from 'onnxruntime-web';
import { AthanorError, unknownName } from '../core/index.ts';
import { bytesOf, checkData, newArray, sizeOf } from './dtypes.ts';
import type { Backend, DType, HostTensor, RunRequest, Session, SessionOptions, Store, TypedArray } from './types.ts';

export interface WebBackendOptions {
  /** Default 'wasm'. */
  readonly device?: 'wasm' | 'webgpu';
  /** Threads of the wasm engine; more than 1 needs a cross-origin isolated page. Default 1. */
  readonly threads?: number;
  /** Where the engine's .wasm files are, when the bundler has not placed them. */
  readonly wasmPaths?: string;
}

const deviceNames = ['wasm', 'webgpu'];

/**
 * Opens a device in the browser.
 * @throws AthanorError('unsupported') when `onnxruntime-web` is not installed, or the browser has no usable WebGPU
 */
export async function openWebBackend(options: WebBackendOptions = {}): Promise<Backend> {
  const { device = 'wasm', threads = 1, wasmPaths } = options;
  if (!deviceNames.includes(device)) throw unknownName('device', device, deviceNames);
  if (device === 'webgpu') await mustHaveWebGpu();
  let ort: typeof Ort;
  try {
    ort = device === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm');
  } catch (error) {
    throw new AthanorError('unsupported', 'onnxruntime-web cannot be loaded', {
      hint: 'Install it: npm install onnxruntime-web.',
      cause: error,
    });
  }
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return new WebBackend(ort, device, threads);
}

async function mustHaveWebGpu(): Promise<void> {
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (adapter) return;
  throw new AthanorError('unsupported', `this browser has no WebGPU ${gpu ? 'adapter' : '(navigator.gpu)'}`, {
    hint: "Use the device 'wasm'.",
  });
}

/** Runs one thing after the other. */
class Queue {
  private last: Promise<unknown> = Promise.resolve();

  add<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }
}

class WebBackend implements Backend {
  readonly device: 'wasm' | 'webgpu';
  readonly target: 'wasm' | 'webgpu';
  readonly engine: string;
  readonly threads: number;
  private readonly ort: typeof Ort;
  private readonly queue = new Queue();

  constructor(ort: typeof Ort, device: 'wasm' | 'webgpu', threads: number) {
    this.ort = ort;
    this.device = device;
    this.target = device;
    this.engine = `onnxruntime-web ${ort.env.versions.web ?? ''}`.trim();
    this.threads = threads;
  }

  createStore(): Store {
    return new WebStore(this.ort, this.device, this.queue);
  }

  /** Constants stay ordinary states here: the engine gains nothing from knowing them. */
  async createSession(model: Uint8Array, { name, updates = [] }: SessionOptions): Promise<Session> {
    return this.queue.add(async () => {
      try {
        const session = await this.ort.InferenceSession.create(model, {
          executionProviders: [this.device],
          graphOptimizationLevel: 'all',
          preferredOutputLocation: this.device === 'webgpu' ? gpuOutputs(updates) : undefined,
        });
        return new WebSession(this.ort, session, name, this.queue);
      } catch (error) {
        throw webError(error, name);
      }
    });
  }

  dispose(): void {}
}

/** Updates stay on the device. */
function gpuOutputs(updates: readonly string[]): Record<string, 'gpu-buffer'> {
  return Object.fromEntries(updates.map((name) => [`${name}.next`, 'gpu-buffer' as const]));
}

function webError(error: unknown, place: string): AthanorError {
  if (error instanceof AthanorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const node = /Name:\s*'([^']+)'/.exec(message)?.[1];
  return new AthanorError('engine', `ONNX Runtime: ${message.trim()}`, {
    place: node ? `${place} › ${node}` : place,
    values: { node },
    cause: error,
  });
}

function toTensor(ort: typeof Ort, { dtype, shape, data }: HostTensor): Ort.Tensor {
  if (dtype === 'bfloat16') throw new AthanorError('unsupported', 'onnxruntime-web has no bfloat16');
  return new ort.Tensor(dtype as Ort.Tensor.Type, data as Ort.Tensor.DataType, shape);
}

/** The engine may use Float16Array where the browser has it; ours are bits. */
function toArray(dtype: DType, data: Ort.Tensor.DataType): TypedArray {
  const array = data as unknown as TypedArray;
  return dtype === 'float16' ? new Uint16Array(array.buffer as ArrayBuffer, array.byteOffset, array.length) : array;
}

interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  tensor: Ort.Tensor;
}

class WebStore implements Store {
  private readonly ort: typeof Ort;
  private readonly device: string;
  private readonly queue: Queue;
  private readonly entries = new Map<string, Entry>();

  constructor(ort: typeof Ort, device: string, queue: Queue) {
    this.ort = ort;
    this.device = device;
    this.queue = queue;
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  info(name: string): { dtype: DType; shape: readonly number[] } {
    const { dtype, shape } = this.entry(name);
    return { dtype, shape };
  }

  create(name: string, dtype: DType, shape: readonly number[], data?: TypedArray): void {
    if (this.entries.has(name))
      throw new AthanorError('bad-input', `the state '${name}' exists already`, { place: name });
    if (data) checkData(name, dtype, shape, data);
    const value = data?.slice() ?? newArray(dtype, sizeOf(shape));
    this.entries.set(name, { dtype, shape: [...shape], tensor: toTensor(this.ort, { dtype, shape, data: value }) });
  }

  async read(name: string): Promise<HostTensor> {
    const { dtype, shape } = this.entry(name);
    const data = await this.queue.add(async () => (await this.entry(name).tensor.getData()) as Ort.Tensor.DataType);
    return { dtype, shape, data: toArray(dtype, data).slice() };
  }

  write(name: string, data: TypedArray): void {
    const { dtype, shape } = this.entry(name);
    checkData(name, dtype, shape, data);
    this.replace(name, toTensor(this.ort, { dtype, shape, data: data.slice() }));
  }

  view(name: string): TypedArray {
    const { dtype, tensor } = this.entry(name);
    if (this.device !== 'wasm' || tensor.location !== 'cpu')
      throw new AthanorError(
        'unsupported',
        `the state '${name}' has no fixed memory on this device; read() copies it`,
        { place: name },
      );
    return toArray(dtype, tensor.data);
  }

  delete(name: string): void {
    this.entry(name).tensor.dispose();
    this.entries.delete(name);
  }

  dispose(): void {
    for (const name of this.names()) this.delete(name);
  }

  /** The tensor that a run reads. */
  tensor(name: string): Ort.Tensor {
    return this.entry(name).tensor;
  }

  /** Takes a run's result as the new value; wasm copies it over the old one, so that views stay valid. */
  replace(name: string, tensor: Ort.Tensor): void {
    const entry = this.entries.get(name);
    // Without an entry, the state was deleted while the run was under way.
    if (entry && (entry.tensor.location !== 'cpu' || tensor.location !== 'cpu')) {
      entry.tensor.dispose();
      entry.tensor = tensor;
      return;
    }
    if (entry) bytesOf(entry.tensor.data as unknown as TypedArray).set(bytesOf(tensor.data as unknown as TypedArray));
    tensor.dispose();
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (!entry) throw new AthanorError('not-found', `there is no state '${name}' in the store`, { place: name });
    return entry;
  }
}

class WebSession implements Session {
  readonly constants: ReadonlySet<string> = new Set();
  private readonly ort: typeof Ort;
  private readonly session: Ort.InferenceSession;
  private readonly name: string;
  private readonly queue: Queue;
  private disposed = false;

  constructor(ort: typeof Ort, session: Ort.InferenceSession, name: string, queue: Queue) {
    this.ort = ort;
    this.session = session;
    this.name = name;
    this.queue = queue;
  }

  run(request: RunRequest): Promise<Record<string, HostTensor>> {
    return this.queue.add(() => this.runNow(request));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    void this.queue.add(() => this.session.release());
  }

  private async runNow({
    store,
    feeds,
    states,
    updates,
    outputs,
    signal,
  }: RunRequest): Promise<Record<string, HostTensor>> {
    this.mustGoOn(signal);
    const web = store as WebStore;
    const rows = states.find((state) => state.rows);
    if (rows)
      throw new AthanorError('unsupported', `rows of the state '${rows.name}' cannot be bound in the browser`, {
        place: this.name,
      });
    const values: Record<string, Ort.Tensor> = {};
    for (const { name, value } of feeds) values[name] = toTensor(this.ort, value);
    for (const { name } of states) values[name] = web.tensor(name);
    const wanted = [...outputs.map(({ name }) => name), ...updates.map(({ name }) => `${name}.next`)];
    let results: Ort.InferenceSession.OnnxValueMapType;
    try {
      results = await this.session.run(values, wanted);
    } catch (error) {
      throw webError(error, this.name);
    }
    this.mustGoOn(signal);
    for (const { name } of updates) web.replace(name, results[`${name}.next`] as Ort.Tensor);
    const host: Record<string, HostTensor> = {};
    for (const { name, dtype } of outputs) {
      const tensor = results[name] as Ort.Tensor;
      host[name] = { dtype, shape: tensor.dims, data: toArray(dtype, (await tensor.getData()) as Ort.Tensor.DataType) };
    }
    return host;
  }

  private mustGoOn(signal: AbortSignal | undefined): void {
    if (this.disposed) throw new AthanorError('cancelled', `${this.name} is disposed`, { place: this.name });
    if (signal?.aborted)
      throw new AthanorError('cancelled', 'the run was cancelled', { place: this.name, cause: signal.reason });
  }
}
