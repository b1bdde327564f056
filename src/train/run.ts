/**
 * A training run: its options, its state, and how it begins, fresh or from the newest undamaged checkpoint. loop.ts moves it
 * on. Node only.
 */
import { join } from 'node:path';
import { AthanorError, type Reporter, silent } from '../core/index.ts';
import { readJson } from '../core/node.ts';
import type { Model } from '../models/index.ts';
import type { Backend, HostTensor, Store } from '../runtime/index.ts';
import type { BatchSource } from './batch.ts';
import { latestCheckpoint, listCheckpoints, loadTensors, type TrainState } from './checkpoint.ts';
import { stepLimit, type TrainingConfig } from './config.ts';
import { Journal } from './journal.ts';
import { Meter } from './meter.ts';
import type { ObjectiveDefinition } from './objective.ts';
import { type PlanEntry, StepPlan } from './plan.ts';
import type { Stepper } from './stepper.ts';
import { type ValidationData, validationParts } from './validation.ts';

/** One line of metrics.jsonl. */
export type MetricsLine = Readonly<Record<string, number>> & { readonly step: number };

export interface TrainOptions {
  readonly model: Model;
  readonly objective: ObjectiveDefinition;
  readonly config: TrainingConfig;
  readonly seed: number;
  readonly train: BatchSource;
  readonly validation?: ValidationData;
  readonly backend: Backend;
  /** The run's directory: checkpoints/, metrics.jsonl, plan.jsonl, best.json. */
  readonly directory: string;
  /** Goes on from the newest undamaged checkpoint, if there is one; otherwise the directory must hold none. */
  readonly resume?: boolean;
  /** Weights to start from; default: random ones. */
  readonly initialWeights?: (name: string) => HostTensor;
  /** Bytes of text of each token id, for bits per byte. */
  readonly tokenBytes?: Uint32Array;
  /** Small files kept beside every checkpoint (config.json, recipe.yaml …). */
  readonly files?: Readonly<Record<string, string>>;
  /** Name in events. Default 'train'. */
  readonly stage?: string;
  readonly report?: Reporter;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Writes samples; called every `sample.interval` steps, after checkpoint and validation. */
  readonly sample?: (state: { readonly step: number; readonly store: Store }) => Promise<void>;
  /** Milliseconds; injected in tests. */
  readonly now?: () => number;
}

export interface TrainResult {
  /** 'stopped': the signal came; resume goes on. */
  readonly status: 'done' | 'stopped';
  readonly step: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Training loss of the last step, nats per token. */
  readonly loss: number;
  readonly last: string;
  readonly best?: BestCheckpoint & { readonly path: string };
  /** The checkpoint that `select` chooses. */
  readonly selected: string;
}

export interface BestCheckpoint {
  readonly step: number;
  readonly val_loss: number;
  readonly val_bpb?: number;
}

/** The state of one run, shared by the functions below. */
export interface Run {
  readonly options: TrainOptions;
  readonly stepper: Stepper;
  readonly checkpoints: string;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly metrics: Journal<MetricsLine>;
  readonly plan: StepPlan;
  readonly meter: Meter;
  readonly now: () => number;
  readonly report: Reporter;
  readonly stage: string;
  /** Updates done. */
  step: number;
  tokens: number;
  /** Milliseconds at which the run would have begun without interruptions. */
  origin: number;
  best: BestCheckpoint | undefined;
  saved: number;
  lastLine: MetricsLine;
  lastReport: number;
}

/** The run at its beginning, or as the newest checkpoint left it. */
export function startRun(options: TrainOptions, stepper: Stepper): Run {
  const { directory, config, seed, report = silent, stage = 'train', now = () => performance.now() } = options;
  const checkpoints = join(directory, 'checkpoints');
  const identity = identityOf(options);
  const found = findCheckpoint(options, checkpoints, identity);
  if (found) loadTensors(found.path, stepper.store);
  else if (options.initialWeights) loadInitial(stepper, options.initialWeights);
  stepper.initialize();
  const step = found?.state.step ?? 0;
  const planJournal = new Journal<PlanEntry>(join(directory, 'plan.jsonl'), () => found !== undefined);
  const run: Run = {
    options: { ...options, seed },
    stepper,
    checkpoints,
    identity,
    metrics: new Journal(join(directory, 'metrics.jsonl'), (line) => line.step <= step),
    plan: new StepPlan({
      limit: stepLimit(config, options.train, options.objective.defaults.epochs),
      maxSeconds: config.max_minutes === undefined ? undefined : config.max_minutes * 60,
      entries: planJournal.lines,
      record: (entry) => planJournal.append(entry),
    }),
    meter: new Meter(now),
    now,
    report,
    stage,
    step,
    tokens: found?.state.tokens ?? 0,
    origin: now() - (found?.state.elapsedSeconds ?? 0) * 1000,
    best: found ? readBest(join(directory, 'best.json'), checkpoints, step) : undefined,
    saved: found ? step : -1,
    lastLine: found ? { ...found.state.metrics, step } : { step: 0 },
    lastReport: Number.NEGATIVE_INFINITY,
  };
  return run;
}

function findCheckpoint(
  { resume, report = silent, stage }: TrainOptions,
  checkpoints: string,
  identity: Readonly<Record<string, unknown>>,
): { path: string; state: TrainState } | undefined {
  if (!resume) {
    if (listCheckpoints(checkpoints).length === 0) return undefined;
    throw new AthanorError('bad-input', `${checkpoints} holds checkpoints of an earlier run`, {
      place: checkpoints,
      hint: 'Resume it, or train into another directory.',
    });
  }
  const found = latestCheckpoint(checkpoints, (error) =>
    report({ type: 'message', level: 'warn', stage, text: `${error.message}; it is passed over` }),
  );
  if (!found) {
    if (listCheckpoints(checkpoints).length > 0)
      report({ type: 'message', level: 'warn', stage, text: 'no checkpoint is whole: training begins anew' });
    return undefined;
  }
  for (const [key, value] of Object.entries(identity)) {
    const before = found.state.identity[key];
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    throw new AthanorError(
      'bad-input',
      `${key} is ${JSON.stringify(value)}, but the run began with ${JSON.stringify(before)}`,
      {
        place: found.path,
        hint: 'Resume with the same settings and data, or start a new run.',
        values: { key, before, now: value },
      },
    );
  }
  return found;
}

/** What must be equal for a resume to mean anything. How long to train and how often to save may change. */
function identityOf({ model, objective, config, seed, train }: TrainOptions): Record<string, unknown> {
  const { optimizer, schedule, accumulation, clip_norm, dropout, attention } = config;
  return {
    objective: objective.name,
    model: model.config,
    seed,
    optimizer,
    schedule,
    accumulation,
    clip_norm,
    dropout: dropout ?? null,
    attention,
    batch_size: train.batchSize,
    sequence_length: train.sequenceLength,
    data: train.fingerprint ?? null,
  };
}

function loadInitial(stepper: Stepper, initial: (name: string) => HostTensor): void {
  for (const name of stepper.weights) {
    const { dtype, shape, data } = initial(name);
    stepper.store.create(name, dtype, shape, data);
  }
}

/** The best checkpoint so far, unless it lies after the step that is resumed from, or is gone. */
function readBest(path: string, checkpoints: string, step: number): BestCheckpoint | undefined {
  let best: BestCheckpoint;
  try {
    best = readJson(path) as BestCheckpoint;
  } catch (error) {
    if (error instanceof AthanorError && (error.code === 'not-found' || error.code === 'bad-file')) return undefined;
    throw error;
  }
  return best.step <= step && listCheckpoints(checkpoints).includes(best.step) ? best : undefined;
}

export function checkSources({ train, validation, model, objective, config }: TrainOptions): void {
  const { batchSize, sequenceLength, batchesPerEpoch } = train;
  const { maxLength } = model.dims;
  if (sequenceLength > maxLength)
    throw new AthanorError(
      'bad-input',
      `sequence_length: ${sequenceLength} is longer than the model's context of ${maxLength}`,
      {
        hint: 'Shorten sequence_length or raise max_position_embeddings.',
      },
    );
  if (batchesPerEpoch < 1)
    throw new AthanorError(
      'bad-input',
      `batch_size: the training data does not fill one batch of ${batchSize} × ${sequenceLength} tokens`,
      {
        hint: 'Lower batch_size or sequence_length, or add data.',
      },
    );
  if (train.batches !== undefined && train.batches < config.accumulation)
    throw new AthanorError(
      'bad-input',
      `max_epochs: the training data ends before one step of ${config.accumulation} batches`,
      {
        hint: 'Raise max_epochs of a dataset, lower batch_size or accumulation, or add data.',
      },
    );
  for (const { source } of validationParts(validation))
    if (source.batchSize !== batchSize || source.sequenceLength !== sequenceLength)
      throw new AthanorError('bad-input', 'validation batches must have the shape of training batches', {
        values: { train: [batchSize, sequenceLength], validation: [source.batchSize, source.sequenceLength] },
      });
  stepLimit(config, train, objective.defaults.epochs);
}
