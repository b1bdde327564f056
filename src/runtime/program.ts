/**
 * A compiled graph that owns or shares named state: checks what it is fed, runs, and puts the updates in place. Knows the
 * device only as a `Backend`.
 */
import { AthanorError, unknownName } from '../core/index.ts';
import { type GraphSpec, type Initializer, toOnnx } from '../graph/index.ts';
import { checkFeeds, type Feed, resolveShape, type Sizes } from './feeds.ts';
import { initialValue } from './initialize.ts';
import type { Backend, HostTensor, OutputRequest, Rows, Session, Store, TensorSpec } from './types.ts';

/** A state that the graph names. */
export interface StateSpec extends TensorSpec {
  readonly init?: Initializer;
  readonly trainable: boolean;
}

/** What `graph/` emits for a program. */
export type CompiledGraph = ReturnType<typeof toOnnx>;

export interface CompileOptions {
  readonly backend: Backend;
  /** Shared state; the program makes (and disposes) its own store without one. */
  readonly store?: Store;
  /** For error messages. */
  readonly name?: string;
  /** cpu: updates overwrite their states directly (default). `false` uses a second buffer; other devices always do. */
  readonly inPlace?: boolean;
  /**
   * States that become constants of this program: the engine repacks them for speed and keeps a copy of its own. They
   * must be in the store already, and later writes to them have no effect. `true`: every state that is not updated.
   */
  readonly frozen?: boolean | ((name: string) => boolean);
}

export interface RunOptions {
  /** Which outputs to return; default all. */
  readonly outputs?: readonly string[];
  /** Cancels the run; states that it updates in place are then undefined (on cpu), so load them again. */
  readonly signal?: AbortSignal;
  /** States whose leading dim is named are bound to these rows of the stored tensors; the dim's size is `count`. */
  readonly rows?: Rows;
  /** Outputs may be views that the program's next run overwrites: saves a copy. */
  readonly reuseOutputs?: boolean;
}

export class Program {
  readonly name: string;
  readonly store: Store;
  readonly inputs: readonly TensorSpec[];
  readonly states: readonly StateSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Names of the states that a run replaces. */
  readonly updates: readonly string[];
  /** Nodes of the compiled graph, before the engine's own optimizations. */
  readonly nodeCount: number;
  private readonly session: Session;
  private readonly ownsStore: boolean;
  private readonly inPlace: boolean;
  /** States already compared with the store. */
  private readonly checked = new Set<string>();

  private constructor(compiled: CompiledGraph, session: Session, store: Store, options: CompileOptions) {
    this.name = options.name ?? 'program';
    this.session = session;
    this.store = store;
    this.ownsStore = !options.store;
    this.inPlace = (options.inPlace ?? true) && options.backend.device === 'cpu';
    this.inputs = compiled.inputs;
    this.states = compiled.states;
    this.outputs = compiled.outputs;
    this.updates = compiled.updates;
    this.nodeCount = compiled.nodeCount;
  }

  /**
   * Builds the graph and compiles it for the backend.
   * @throws AthanorError('shape') from the graph, AthanorError('engine') naming the operator's origin
   */
  static async compile(build: () => GraphSpec, options: CompileOptions): Promise<Program> {
    return Program.load(toOnnx(build(), { target: options.backend.target }), options);
  }

  /** Like `compile`, from a graph that is ONNX already. */
  static async load(compiled: CompiledGraph, options: CompileOptions): Promise<Program> {
    const { backend, name = 'program' } = options;
    const store = options.store ?? backend.createStore();
    try {
      const constants = await frozenStates(compiled, store, options.frozen ?? false, name);
      const session = await backend.createSession(compiled.model, { name, constants, updates: compiled.updates });
      return new Program(compiled, session, store, options);
    } catch (error) {
      if (!options.store) store.dispose();
      throw error;
    }
  }

  /**
   * Creates every state that is not in the store yet, from its initializer. The same seed gives the same values,
   * whatever the order or the device.
   * @throws AthanorError('shape') for a state with a named dim: its size must be given by `store.create`
   */
  initialize({ seed }: { seed: number }): void {
    for (const state of this.states) {
      if (this.store.has(state.name)) continue;
      const shape = resolveShape(state.shape, new Map());
      if (!shape)
        throw new AthanorError(
          'shape',
          `${this.name}: the state '${state.name}' has named dims [${state.shape.join(', ')}]`,
          {
            place: state.name,
            hint: 'Create it in the store with its size first.',
          },
        );
      const data = initialValue(state.name, state.dtype, shape, state.init ?? { kind: 'zeros' }, seed);
      this.store.create(state.name, state.dtype, shape, data);
    }
  }

  /**
   * One run: outputs by name, updated states in the store.
   * @throws AthanorError('shape') naming the input, 'not-found' for a state that was never created, 'engine', 'cancelled'
   */
  async run(feeds: Readonly<Record<string, Feed>>, options: RunOptions = {}): Promise<Record<string, HostTensor>> {
    const sizes: Sizes = new Map();
    if (options.rows && !this.inPlace && this.updates.length > 0)
      throw new AthanorError('unsupported', `${this.name}: rows of states can only be updated in place, on cpu`, {
        place: this.name,
      });
    const rows = this.bindRows(options.rows, sizes);
    const checkedFeeds = checkFeeds(this.inputs, feeds, sizes, this.name);
    this.checkStates(sizes, rows);
    return this.session.run({
      store: this.store,
      feeds: checkedFeeds,
      states: this.states
        .filter(({ name }) => !this.session.constants.has(name))
        .map(({ name }) => ({ name, rows: rows.get(name) })),
      updates: this.updates.map((name) => ({ name, rows: rows.get(name) })),
      outputs: this.chooseOutputs(options.outputs, sizes),
      inPlace: this.inPlace,
      reuseOutputs: options.reuseOutputs ?? false,
      signal: options.signal,
    });
  }

  /** Frees the compiled graph, and the store if it is the program's own. */
  dispose(): void {
    this.session.dispose();
    if (this.ownsStore) this.store.dispose();
  }

  private chooseOutputs(names: readonly string[] | undefined, sizes: Sizes): OutputRequest[] {
    const chosen = (names ?? this.outputs.map(({ name }) => name)).map((name) => {
      const spec = this.outputs.find((output) => output.name === name);
      if (!spec)
        throw unknownName(
          `output of ${this.name}`,
          name,
          this.outputs.map((output) => output.name),
        );
      return spec;
    });
    return chosen.map(({ name, dtype, shape }) => ({ name, dtype, shape: resolveShape(shape, sizes) }));
  }

  /** Rows for every state whose leading dim is a name; that name's size is the count. */
  private bindRows(rows: Rows | undefined, sizes: Sizes): Map<string, Rows> {
    const bound = new Map<string, Rows>();
    if (!rows) return bound;
    for (const { name, shape } of this.states) {
      const lead = shape[0];
      if (typeof lead !== 'string') continue;
      bound.set(name, rows);
      sizes.set(lead, rows.count);
    }
    return bound;
  }

  /** Compares states with the store, each once (plus those with named dims, whose sizes may differ per run). */
  private checkStates(sizes: Sizes, rows: ReadonlyMap<string, Rows>): void {
    for (const { name, dtype, shape } of this.states) {
      if (this.checked.has(name) || this.session.constants.has(name)) continue;
      if (!this.store.has(name))
        throw new AthanorError('not-found', `${this.name}: the state '${name}' has no value`, {
          place: name,
          hint: 'Call initialize() or load weights into the store first.',
        });
      const stored = this.store.info(name);
      const named = shape.some((dim) => typeof dim === 'string');
      const fits =
        stored.dtype === dtype &&
        stored.shape.length === shape.length &&
        shape.every((dim, axis) => typeof dim === 'string' || dim === stored.shape[axis]);
      if (!fits)
        throw new AthanorError(
          'shape',
          `${this.name}: the state '${name}' expects ${dtype} [${shape.join(', ')}], the store has ${stored.dtype} [${stored.shape.join(', ')}]`,
          { place: name, values: { state: name } },
        );
      if (named)
        bindStateDims(
          name,
          rows.has(name) ? shape.slice(1) : shape,
          rows.has(name) ? stored.shape.slice(1) : stored.shape,
          sizes,
          this.name,
        );
      else this.checked.add(name);
    }
  }
}

/** Named dims of a state take the stored sizes, unless feeds or rows say them already. */
function bindStateDims(
  name: string,
  shape: readonly (number | string)[],
  stored: readonly number[],
  sizes: Sizes,
  program: string,
): void {
  shape.forEach((dim, axis) => {
    if (typeof dim !== 'string' || !/^[A-Za-z_]\w*$/.test(dim)) return;
    const known = sizes.get(dim);
    if (known === undefined) sizes.set(dim, stored[axis]!);
    else if (known !== stored[axis])
      throw new AthanorError('shape', `${program}: ${dim} is ${known}, but the state '${name}' has ${stored[axis]}`, {
        place: name,
      });
  });
}

async function frozenStates(
  compiled: CompiledGraph,
  store: Store,
  frozen: boolean | ((name: string) => boolean),
  program: string,
): Promise<Map<string, HostTensor>> {
  const constants = new Map<string, HostTensor>();
  if (frozen === false) return constants;
  for (const { name } of compiled.states) {
    if (compiled.updates.includes(name) || (typeof frozen === 'function' && !frozen(name))) continue;
    if (!store.has(name))
      throw new AthanorError('not-found', `${program}: the frozen state '${name}' has no value`, {
        place: name,
        hint: 'Load weights into the store before compiling.',
      });
    constants.set(name, await hostValueOf(store, name));
  }
  return constants;
}

/** The value without a copy where the device allows. */
async function hostValueOf(store: Store, name: string): Promise<HostTensor> {
  try {
    return { ...store.info(name), data: store.view(name) };
  } catch (error) {
    if (error instanceof AthanorError && error.code === 'unsupported') return store.read(name);
    throw error;
  }
}
