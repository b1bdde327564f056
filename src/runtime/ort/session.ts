/**
 * A compiled model. Per shape of the feeds a session keeps a "plan": buffers for feeds and outputs, their OrtValues and the
 * argument arrays of `Run`, so that a step allocates nothing. `Run` happens on a worker thread of libuv.
 */
import { AthanorError, invariant } from '../../core/index.ts';
import { arrayOver, bytesOf, itemSize, sizeOf } from '../dtypes.ts';
import type { HostTensor, OutputRequest, RunRequest, Session } from '../types.ts';
import { addressList, check, make, type NameList, nameList, nativeBytes, type Pointer, stableBytes } from './c-api.ts';
import type { Environment } from './environment.ts';
import { NativeStore } from './store.ts';
import { hostValue, type Value, valueData, valueShape } from './values.ts';

interface Plan {
  readonly key: string;
  readonly inputNames: NameList;
  readonly outputNames: NameList;
  readonly inputs: BigUint64Array;
  readonly outputs: BigUint64Array;
  readonly feeds: readonly Value[];
  /** Undefined where the engine allocates the output. */
  readonly results: readonly (Value | undefined)[];
  readonly runOptions: Pointer;
}

/** Idle plans kept per session; a program with many different shapes makes new ones beyond that. */
const MAX_IDLE_PLANS = 32;

export class NativeSession implements Session {
  readonly constants: ReadonlySet<string>;
  private readonly environment: Environment;
  private readonly handle: Pointer;
  private readonly name: string;
  /** Runs one at a time where the device asks for it. */
  private readonly exclusive: (<Result>(work: () => Promise<Result>) => Promise<Result>) | undefined;
  private readonly idle: Plan[] = [];
  private readonly busy = new Set<Plan>();
  private disposed = false;

  constructor(
    environment: Environment,
    handle: Pointer,
    options: {
      name: string;
      constants: ReadonlySet<string>;
      exclusive: (<Result>(work: () => Promise<Result>) => Promise<Result>) | undefined;
    },
  ) {
    this.environment = environment;
    this.handle = handle;
    this.name = options.name;
    this.constants = options.constants;
    this.exclusive = options.exclusive;
  }

  run(request: RunRequest): Promise<Record<string, HostTensor>> {
    return this.exclusive ? this.exclusive(() => this.runNow(request)) : this.runNow(request);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const { api } = this.environment.library;
    for (const plan of this.idle.splice(0)) this.releasePlan(plan);
    for (const plan of this.busy) check(api, api.runOptionsSetTerminate(plan.runOptions));
    if (this.busy.size === 0) api.releaseSession(this.handle);
  }

  private async runNow(request: RunRequest): Promise<Record<string, HostTensor>> {
    const { store, signal } = request;
    if (this.disposed) throw new AthanorError('cancelled', `${this.name} is disposed`, { place: this.name });
    if (signal?.aborted)
      throw new AthanorError('cancelled', 'the run was cancelled', { place: this.name, cause: signal.reason });
    invariant(store instanceof NativeStore, 'the store belongs to another backend');
    const plan = this.takePlan(request);
    const { api } = this.environment.library;
    const terminate = () => check(api, api.runOptionsSetTerminate(plan.runOptions));
    const unpin = store.pin();
    try {
      bindStates(plan, request, store);
      request.feeds.forEach(({ value }, i) => {
        plan.feeds[i]!.bytes!.set(bytesOf(value.data));
      });
      signal?.addEventListener('abort', terminate);
      await this.call(plan);
      if (!request.inPlace) for (const { name } of request.updates) store.commit(name);
      return this.collect(plan, request);
    } finally {
      signal?.removeEventListener('abort', terminate);
      unpin();
      this.returnPlan(plan);
    }
  }

  private call(plan: Plan): Promise<void> {
    const { api } = this.environment.library;
    return new Promise((resolve, reject) => {
      api.run.async(
        this.handle,
        plan.runOptions,
        plan.inputNames.addresses,
        plan.inputs,
        plan.inputs.length,
        plan.outputNames.addresses,
        plan.outputs.length,
        plan.outputs,
        (error, status) => {
          try {
            if (error) throw error;
            check(api, status, this.name);
            resolve();
          } catch (failure) {
            reject(failure);
          }
        },
      );
    });
  }

  private takePlan(request: RunRequest): Plan {
    const key = planKey(request);
    const at = this.idle.findIndex((plan) => plan.key === key);
    const plan = at >= 0 ? this.idle.splice(at, 1)[0]! : this.createPlan(key, request);
    this.busy.add(plan);
    return plan;
  }

  private returnPlan(plan: Plan): void {
    const { api } = this.environment.library;
    this.busy.delete(plan);
    if (this.disposed) {
      this.releasePlan(plan);
      if (this.busy.size === 0) api.releaseSession(this.handle);
      return;
    }
    check(api, api.runOptionsUnsetTerminate(plan.runOptions));
    this.idle.unshift(plan);
    if (this.idle.length > MAX_IDLE_PLANS) this.releasePlan(this.idle.pop()!);
  }

  private createPlan(key: string, { feeds, states, outputs, updates }: RunRequest): Plan {
    const { environment } = this;
    const buffer = ({ dtype, shape }: { dtype: OutputRequest['dtype']; shape: readonly number[] }) =>
      hostValue(environment, dtype, shape, stableBytes(sizeOf(shape) * itemSize[dtype]));
    const plan: Plan = {
      key,
      inputNames: nameList([...feeds, ...states].map(({ name }) => name)),
      outputNames: nameList([...outputs.map(({ name }) => name), ...updates.map(({ name }) => `${name}.next`)]),
      inputs: addressList(feeds.length + states.length),
      outputs: addressList(outputs.length + updates.length),
      feeds: feeds.map(({ value }) => buffer(value)),
      results: outputs.map(({ dtype, shape }) => (shape ? buffer({ dtype, shape }) : undefined)),
      runOptions: make(environment.library.api, environment.library.api.createRunOptions),
    };
    plan.feeds.forEach((value, i) => {
      plan.inputs[i] = value.handle;
    });
    return plan;
  }

  private releasePlan({ feeds, results, runOptions }: Plan): void {
    const { api } = this.environment.library;
    for (const value of [...feeds, ...results]) if (value) api.releaseValue(value.handle);
    api.releaseRunOptions(runOptions);
  }

  /** The outputs as host tensors: copies, or views of the plan's buffers when the caller allows. */
  private collect(plan: Plan, { outputs, reuseOutputs }: RunRequest): Record<string, HostTensor> {
    const results: Record<string, HostTensor> = {};
    outputs.forEach(({ name, dtype, shape }, i) => {
      const value = plan.results[i];
      if (value) {
        const bytes = reuseOutputs ? value.bytes! : Uint8Array.prototype.slice.call(value.bytes!);
        results[name] = { dtype, shape: shape!, data: arrayOver(dtype, bytes) };
      } else results[name] = this.takeOutput(plan.outputs[i]!, dtype);
    });
    return results;
  }

  /** Copies an output that the engine allocated, and frees it. */
  private takeOutput(handle: Pointer, dtype: OutputRequest['dtype']): HostTensor {
    const shape = valueShape(this.environment, handle);
    const length = sizeOf(shape) * itemSize[dtype];
    const bytes = length === 0 ? new Uint8Array(0) : nativeBytes(valueData(this.environment, handle), length).slice();
    this.environment.library.api.releaseValue(handle);
    return { dtype, shape, data: arrayOver(dtype, bytes) };
  }
}

/** Runs with equal keys can use one plan. */
function planKey({ feeds, outputs }: RunRequest): string {
  const shapes = feeds.map(({ value }) => value.shape.join('x')).join(';');
  return `${shapes}>${outputs.map(({ name, shape }) => `${name}:${shape ? shape.join('x') : '?'}`).join(';')}`;
}

/** Writes the addresses of the states' current values into the argument arrays. */
function bindStates(plan: Plan, { feeds, states, outputs, updates, inPlace }: RunRequest, store: NativeStore): void {
  states.forEach(({ name, rows }, i) => {
    plan.inputs[feeds.length + i] = store.bind(name, rows).handle;
  });
  plan.results.forEach((value, i) => {
    plan.outputs[i] = value ? value.handle : 0n;
  });
  updates.forEach(({ name, rows }, i) => {
    plan.outputs[outputs.length + i] = (inPlace ? store.bind(name, rows) : store.spare(name)).handle;
  });
}
