/**
 * Named state over ONNX Runtime: on cpu in our own memory, on other devices in the device's memory, where a run writes an
 * update into a second tensor and the two change places.
 */
import { AthanorError, invariant } from '../../core/index.ts';
import { arrayOver, bytesOf, checkData, itemSize, newArray, sizeOf } from '../dtypes.ts';
import type { DType, HostTensor, Rows, Store, TypedArray } from '../types.ts';
import { type Pointer, stableBytes } from './c-api.ts';
import type { Environment } from './environment.ts';
import { copyValue, deviceValue, hostValue, type Value } from './values.ts';

/** Device memory: who allocates it, and a queue that keeps copies apart from runs. */
export interface DeviceMemory {
  readonly allocator: Pointer;
  exclusive<Result>(work: () => Result | Promise<Result>): Promise<Result>;
}

interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  value: Value;
  /** Where the next update goes, when it may not go over `value`. */
  spare: Value | undefined;
  /** On a device: a value written since the last run, sent there before the next one. */
  pending: TypedArray | undefined;
  /** Values over a range of rows, by 'start:count': at most rows², a hundred bytes each, kept with the state. */
  readonly windows: Map<string, Value>;
}

export class NativeStore implements Store {
  private readonly environment: Environment;
  private readonly device: DeviceMemory | undefined;
  private readonly entries = new Map<string, Entry>();
  private disposed = false;
  private pins = 0;
  /** Values to release when the last run ends. */
  private readonly doomed: Value[] = [];

  /** @param device undefined on cpu */
  constructor(environment: Environment, device: DeviceMemory | undefined) {
    this.environment = environment;
    this.device = device;
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
    invariant(!this.disposed, 'the store is disposed');
    if (this.entries.has(name))
      throw new AthanorError('bad-input', `the state '${name}' exists already`, { place: name });
    if (data) checkData(name, dtype, shape, data);
    const value = this.allocate(dtype, shape);
    const entry: Entry = { dtype, shape: [...shape], value, spare: undefined, pending: undefined, windows: new Map() };
    this.entries.set(name, entry);
    if (value.bytes) {
      if (data) value.bytes.set(bytesOf(data));
    } else entry.pending = data?.slice() ?? newArray(dtype, sizeOf(shape));
  }

  async read(name: string): Promise<HostTensor> {
    const entry = this.entry(name);
    const { dtype, shape, value } = entry;
    const bytes = stableBytes(sizeOf(shape) * itemSize[dtype]);
    if (entry.pending) bytes.set(bytesOf(entry.pending));
    else if (value.bytes) bytes.set(value.bytes);
    else {
      const host = hostValue(this.environment, dtype, shape, bytes);
      try {
        await this.device!.exclusive(() => copyValue(this.environment, entry.value, host));
      } finally {
        this.release(host);
      }
    }
    return { dtype, shape, data: arrayOver(dtype, bytes) };
  }

  write(name: string, data: TypedArray): void {
    const entry = this.entry(name);
    checkData(name, entry.dtype, entry.shape, data);
    if (entry.value.bytes) entry.value.bytes.set(bytesOf(data));
    else entry.pending = data.slice();
  }

  view(name: string): TypedArray {
    const { dtype, value } = this.entry(name);
    if (!value.bytes)
      throw new AthanorError('unsupported', `the state '${name}' is in the device's memory; read() copies it`, {
        place: name,
      });
    return arrayOver(dtype, value.bytes);
  }

  delete(name: string): void {
    const entry = this.entry(name);
    this.entries.delete(name);
    for (const value of [entry.value, entry.spare, ...entry.windows.values()]) if (value) this.release(value);
  }

  dispose(): void {
    for (const name of this.names()) this.delete(name);
    this.disposed = true;
  }

  /** The value that a run reads (and on cpu writes); a range of rows is a view of the same memory. Only between runs of a device. */
  bind(name: string, rows: Rows | undefined): Value {
    const entry = this.entry(name);
    if (entry.pending) {
      this.upload(entry, entry.pending);
      entry.pending = undefined;
    }
    if (!rows || (rows.start === 0 && rows.count === entry.shape[0])) return entry.value;
    return this.window(name, entry, rows);
  }

  /** The second tensor of a state, for updates that may not overwrite the first. */
  spare(name: string): Value {
    const entry = this.entry(name);
    entry.spare ??= this.allocate(entry.dtype, entry.shape);
    return entry.spare;
  }

  /** Makes the second tensor the value. On cpu bytes are copied back, so that views stay valid. */
  commit(name: string): void {
    const entry = this.entries.get(name);
    if (!entry) return; // deleted while the run was under way
    const { value, spare } = entry;
    invariant(spare, `the state '${name}' has no second buffer`);
    if (value.bytes) value.bytes.set(spare.bytes!);
    else [entry.value, entry.spare] = [spare, value];
  }

  private entry(name: string): Entry {
    invariant(!this.disposed, 'the store is disposed');
    const entry = this.entries.get(name);
    if (!entry) throw new AthanorError('not-found', `there is no state '${name}' in the store`, { place: name });
    return entry;
  }

  private window(name: string, entry: Entry, { start, count }: Rows): Value {
    const total = entry.shape[0] ?? 0;
    if (start < 0 || count < 1 || start + count > total)
      throw new AthanorError(
        'shape',
        `rows ${start}..${start + count} of the state '${name}' do not exist: it has ${total}`,
        { place: name },
      );
    if (!entry.value.bytes)
      throw new AthanorError(
        'unsupported',
        `only whole states can be bound on this device, not rows ${start}..${start + count} of '${name}'`,
        {
          place: name,
        },
      );
    const key = `${start}:${count}`;
    const known = entry.windows.get(key);
    if (known) return known;
    const stride = entry.value.bytes.byteLength / total;
    const bytes = entry.value.bytes.subarray(start * stride, (start + count) * stride);
    const value = hostValue(this.environment, entry.dtype, [count, ...entry.shape.slice(1)], bytes);
    entry.windows.set(key, value);
    return value;
  }

  private allocate(dtype: DType, shape: readonly number[]): Value {
    if (this.device) return deviceValue(this.environment, this.device.allocator, dtype, shape);
    return hostValue(this.environment, dtype, shape, stableBytes(sizeOf(shape) * itemSize[dtype]));
  }

  private upload(entry: Entry, data: TypedArray): void {
    const bytes = stableBytes(data.byteLength);
    bytes.set(bytesOf(data));
    const host = hostValue(this.environment, entry.dtype, entry.shape, bytes);
    try {
      copyValue(this.environment, host, entry.value);
    } finally {
      this.release(host);
    }
  }

  /** While pinned, nothing that a run may be using is freed; returns the unpinning. */
  pin(): () => void {
    this.pins++;
    return () => {
      if (--this.pins > 0) return;
      for (const value of this.doomed.splice(0)) this.environment.library.api.releaseValue(value.handle);
    };
  }

  private release(value: Value): void {
    if (this.pins > 0) this.doomed.push(value);
    else this.environment.library.api.releaseValue(value.handle);
  }
}
