/**
 * Runs optimizer steps and validation on a backend: compiles the programs of step.ts over one store and feeds them.
 * Knows no files, no schedule and no clock; loop.ts drives it.
 */
import { invariant } from '../core/index.ts';
import { type Backend, type Feed, Program, type Store } from '../runtime/index.ts';
import { type Batch, countedTokens } from './batch.ts';
import { buildAccumulate, buildApply, buildStep, buildValidation, type StepOptions } from './step.ts';

export interface StepperOptions extends StepOptions {
  readonly backend: Backend;
  /** Batches added up before one update. */
  readonly accumulation: number;
  /** 0: no clipping. */
  readonly clipNorm: number;
  readonly seed: number;
}

export interface StepResult {
  /** Nats per counted token, over the whole batch; 0 when nothing counts. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Tokens counted in the loss. */
  readonly counted: number;
}

export interface Validation {
  /** Nats, summed. */
  readonly sum: number;
  readonly counted: number;
}

/** Owns the compiled programs and the training state: weights, optimizer states, gradients under accumulation. */
export class Stepper {
  readonly store: Store;
  /** Names of the weights, in the model's order. */
  readonly weights: readonly string[];
  /** Names of the optimizer's states. */
  readonly optimizerStates: readonly string[];
  /** Nodes of the training graph. */
  readonly nodeCount: number;
  private readonly options: StepperOptions;
  private readonly train: Program;
  private readonly apply: Program | undefined;
  private validation: Program | undefined;
  private readonly owned: readonly Program[];

  private constructor(options: StepperOptions, store: Store, train: Program, apply: Program | undefined) {
    this.options = options;
    this.store = store;
    this.train = train;
    this.apply = apply;
    this.owned = apply ? [train, apply] : [train];
    this.nodeCount = this.owned.reduce((total, program) => total + program.nodeCount, 0);
    const updating = apply ?? train;
    const states = updating.states.filter(({ name }) => !name.startsWith('grad.'));
    this.weights = states.filter(({ trainable }) => trainable).map(({ name }) => name);
    this.optimizerStates = states.filter(({ trainable }) => !trainable).map(({ name }) => name);
  }

  /** Compiles; the state has no values until `initialize`. @throws AthanorError('shape' | 'engine') */
  static async create(options: StepperOptions): Promise<Stepper> {
    const { backend, accumulation } = options;
    const store = backend.createStore();
    const compile = (name: string, build: (step: StepOptions) => ReturnType<typeof buildStep>) =>
      Program.compile(() => build(options), { backend, store, name });
    try {
      if (accumulation === 1) return new Stepper(options, store, await compile('train-step', buildStep), undefined);
      const train = await compile('accumulate', buildAccumulate);
      return new Stepper(options, store, train, await compile('apply', buildApply));
    } catch (error) {
      store.dispose();
      throw error;
    }
  }

  /** Gives every state without a value its initial one. */
  initialize(): void {
    for (const program of this.owned) program.initialize({ seed: this.options.seed });
  }

  /**
   * One update.
   * @param batches as many as `accumulation`
   * @param step counted from 0: bias correction and the randomness of dropout depend on it
   */
  async step(batches: readonly Batch[], step: number, learningRate: number): Promise<StepResult> {
    const { accumulation, clipNorm, optimizer } = this.options;
    invariant(batches.length === accumulation, `a step takes ${accumulation} batches, got ${batches.length}`);
    const counted = batches.reduce((total, batch) => total + countedTokens(batch), 0);
    const lossScale = counted === 0 ? 0 : 1 / counted;
    const update = {
      ...optimizer.scalars(step + 1, learningRate),
      clip_norm: clipNorm === 0 ? Number.POSITIVE_INFINITY : clipNorm,
    };
    let sum = 0;
    let gradNorm = 0;
    for (const [index, batch] of batches.entries()) {
      const feeds = { ...this.feeds(batch, step * accumulation + index), loss_scale: lossScale };
      const extra: Record<string, number> = this.apply ? { keep: index === 0 ? 0 : 1 } : update;
      const outputs = await this.train.run({ ...feeds, ...extra });
      sum += Number(outputs.loss_sum!.data[0]);
      if (!this.apply) gradNorm = Number(outputs.grad_norm!.data[0]);
    }
    if (this.apply) gradNorm = Number((await this.apply.run(update)).grad_norm!.data[0]);
    return { loss: counted === 0 ? 0 : sum / counted, gradNorm, counted };
  }

  /** Loss of one batch, without dropout and without an update. */
  async validate(batch: Batch): Promise<Validation> {
    const { backend } = this.options;
    this.validation ??= await Program.compile(() => buildValidation(this.options), {
      backend,
      store: this.store,
      name: 'validation',
    });
    const outputs = await this.validation.run(this.feeds(batch));
    return { sum: Number(outputs.loss_sum!.data[0]), counted: countedTokens(batch) };
  }

  dispose(): void {
    for (const program of this.owned) program.dispose();
    this.validation?.dispose();
    this.store.dispose();
  }

  /** @param counter the step of the dropout key; absent: validation */
  private feeds(batch: Batch, counter?: number): Record<string, Feed> {
    const { documents, dropout, seed } = this.options;
    const feeds: Record<string, Feed> = { input_ids: batch.input_ids, labels: batch.labels };
    if (documents) {
      invariant(batch.segment_ids && batch.positions, 'the batch source gives no segment_ids and positions');
      feeds.segment_ids = batch.segment_ids;
      feeds.positions = batch.positions;
    }
    const program = counter === undefined ? this.validation : this.train;
    const wanted = new Set(program?.inputs.map(({ name }) => name));
    if (counter !== undefined && dropout !== 0)
      feeds.rng_key = BigInt64Array.of(BigInt(seed >>> 0), BigInt(Math.floor(seed / 2 ** 32)), BigInt(counter));
    // A graph has only the inputs that it reads: no key without dropout, no positions where rotation is relative.
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
  }
}
