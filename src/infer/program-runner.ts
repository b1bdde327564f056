/**
 * The model runner over a compiled program. One program serves prefill (one row, T tokens) and decode (n rows, one token),
 * so that the weights are repacked once; the rows of a run are a range of the cache's rows, updated in place.
 * This is the only file of `infer/` that touches models and the runtime.
 */
import { AthanorError, invariant } from '../core/index.ts';
import { buildCached, cacheWidth, type LinearTransform, type Model } from '../models/index.ts';
import { type Backend, Program, type Store } from '../runtime/index.ts';
import type { ModelRunner } from './runner.ts';

export interface ProgramRunnerOptions {
  readonly model: Model;
  readonly backend: Backend;
  /** Holds the weights under their names; the caches are added to it and taken out again by `dispose`. */
  readonly store: Store;
  /** Rows of the cache: the largest batch. Default 8; 1 where the device cannot update rows in place. */
  readonly slots?: number;
  /** Context length; default the model's. The caches take 8 · layers · kvHeads · cacheWidth bytes per token and slot. */
  readonly maxLength?: number;
  /** For instance int8 linear layers. */
  readonly transforms?: readonly LinearTransform[];
  /**
   * The weights never change again: the engine repacks them, which makes decoding faster and takes memory of its own.
   * Default true; false for a model in training.
   */
  readonly frozen?: boolean;
  /** The store was made for this runner: `dispose` frees it, and weights that the engine has copied leave it at once. */
  readonly ownsStore?: boolean;
}

/**
 * Compiles a model for generation.
 * @throws AthanorError('not-found') when the store lacks a weight, 'bad-input' for sizes the model cannot have
 */
export async function createRunner(options: ProgramRunnerOptions): Promise<ModelRunner> {
  const { model, backend, store, transforms, frozen = true, ownsStore = false } = options;
  const { layers, kvHeads, headDim, vocabSize } = model.dims;
  const oneRow = backend.device !== 'cpu'; // rows of a state are updated in place on cpu only
  const slots = options.slots ?? (oneRow ? 1 : 8);
  const maxLength = options.maxLength ?? model.dims.maxLength;
  if (!Number.isInteger(maxLength) || maxLength < 2 || maxLength > model.dims.maxLength)
    throw new AthanorError(
      'bad-input',
      `the context must be 2 to ${model.dims.maxLength} tokens for this model, not ${maxLength}`,
    );
  if (!Number.isInteger(slots) || slots < 1)
    throw new AthanorError('bad-input', `slots must be an integer of at least 1, not ${slots}`);
  if (oneRow && slots > 1)
    throw new AthanorError('unsupported', `the device ${backend.device} serves one request at a time`, {
      hint: 'Use slots 1, or the device cpu.',
    });
  const caches = Array.from({ length: layers }, (_, layer) => [`cache.k.${layer}`, `cache.v.${layer}`]).flat();
  for (const name of caches) store.create(name, 'float32', [slots, kvHeads, maxLength, cacheWidth(headDim)]);
  const drop = (names: Iterable<string>) => {
    for (const name of names) if (store.has(name)) store.delete(name);
  };
  try {
    const batch = oneRow ? 1 : 'B';
    const program = await Program.compile(
      () => buildCached(model, { batch, time: 'T', maxLength, logitRows: 'R', transforms }),
      {
        backend,
        store,
        name: `${model.type} generation`,
        frozen: frozen ? (name) => !name.startsWith('cache.') : false,
      },
    );
    if (ownsStore && frozen) drop(program.states.map(({ name }) => name).filter((name) => !name.startsWith('cache.')));
    return new ProgramRunner(program, { slots, maxLength, vocabSize, rows: !oneRow }, () =>
      ownsStore ? store.dispose() : drop(caches),
    );
  } catch (error) {
    drop(caches);
    if (ownsStore) store.dispose();
    throw error;
  }
}

interface Sizes {
  readonly slots: number;
  readonly maxLength: number;
  readonly vocabSize: number;
  /** Whether a run is bound to a range of rows. */
  readonly rows: boolean;
}

class ProgramRunner implements ModelRunner {
  readonly slots: number;
  readonly maxLength: number;
  readonly vocabSize: number;
  private readonly program: Program;
  private readonly bindsRows: boolean;
  private readonly readsPositions: boolean;
  private readonly cleanUp: () => void;

  constructor(program: Program, { slots, maxLength, vocabSize, rows }: Sizes, cleanUp: () => void) {
    this.program = program;
    this.slots = slots;
    this.maxLength = maxLength;
    this.vocabSize = vocabSize;
    this.bindsRows = rows;
    this.readsPositions = program.inputs.some(({ name }) => name === 'positions');
    this.cleanUp = cleanUp;
  }

  prefill(slot: number, tokens: Int32Array, past: number): Promise<Float32Array> {
    const time = tokens.length;
    const positions = Array.from(tokens, (_, i) => past + i);
    return this.run({ start: slot, count: 1 }, time, tokens, positions, [past + time], [time - 1]);
  }

  decode(count: number, tokens: readonly number[], pasts: readonly number[]): Promise<Float32Array> {
    const lengths = pasts.map((past) => past + 1);
    return this.run(
      { start: 0, count },
      1,
      tokens,
      pasts,
      lengths,
      Array.from({ length: count }, (_, row) => row),
    );
  }

  move(from: number, to: number): void {
    for (const name of this.program.updates) {
      const cache = this.program.store.view(name);
      const size = cache.length / this.slots;
      cache.copyWithin(to * size, from * size, (from + 1) * size);
    }
  }

  dispose(): void {
    this.program.dispose();
    this.cleanUp();
  }

  /** @param lengths [B] of each row after this step; @param logitRows which of the B·T tokens to score */
  private async run(
    rows: { readonly start: number; readonly count: number },
    time: number,
    tokens: ArrayLike<number>,
    positions: readonly number[],
    lengths: readonly number[],
    logitRows: readonly number[],
  ): Promise<Float32Array> {
    const shape = [rows.count, time];
    const { logits } = await this.program.run(
      {
        input_ids: int64(tokens, shape),
        ...(this.readsPositions ? { positions: int64(positions, shape) } : {}),
        seqlens_k: { dtype: 'int32', shape: [rows.count], data: Int32Array.from(lengths, (length) => length - 1) },
        total_length: { dtype: 'int32', shape: [], data: Int32Array.of(Math.max(...lengths)) },
        rows: int64(logitRows, [logitRows.length]),
      },
      // The engine samples before it runs the next step, so the logits need not be copied.
      { outputs: ['logits'], reuseOutputs: true, ...(this.bindsRows ? { rows } : {}) },
    );
    invariant(logits?.data instanceof Float32Array, 'logits are float32');
    return logits.data;
  }
}

function int64(values: ArrayLike<number>, shape: readonly number[]) {
  return { dtype: 'int64', shape, data: BigInt64Array.from(Array.from(values, BigInt)) } as const;
}
