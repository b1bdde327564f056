/**
 * The training loop: steps, validation, checkpoints, metrics, samples, resume. One loop for every objective. Node only.
 *
 * After step s, in this order: the line's numbers are taken, a checkpoint is written if one is due (always before validation
 * and samples, which may fail), validation runs, the line goes to metrics.jsonl. A resumed run first finishes what a crash
 * cut off after its checkpoint's step. Everything but the clock's estimates (plan.ts) is a function of (seed, step, data),
 * so a resumed run's weights equal an uninterrupted run's byte for byte, on the same machine with the same threads.
 */
import { join } from 'node:path';
import { AthanorError, type Reporter, silent } from '../core/index.ts';
import { readJson, writeJson } from '../core/node.ts';
import type { Model } from '../models/index.ts';
import type { Backend, HostTensor, Store } from '../runtime/index.ts';
import type { Batch, BatchSource } from './batch.ts';
import {
  checkpointName,
  latestCheckpoint,
  listCheckpoints,
  loadTensors,
  pruneCheckpoints,
  saveCheckpoint,
  type TrainState,
} from './checkpoint.ts';
import { learningRateAt, optimizerOf, stepLimit, type TrainingConfig } from './config.ts';
import { Journal } from './journal.ts';
import { Meter } from './meter.ts';
import type { ObjectiveDefinition } from './objective.ts';
import { type PlanEntry, StepPlan } from './plan.ts';
import { Stepper, type StepResult } from './stepper.ts';
import { validate } from './validation.ts';

/** One line of metrics.jsonl. */
export type MetricsLine = Readonly<Record<string, number>> & { readonly step: number };

export interface TrainOptions {
  readonly model: Model;
  readonly objective: ObjectiveDefinition;
  readonly config: TrainingConfig;
  readonly seed: number;
  readonly train: BatchSource;
  readonly validation?: BatchSource;
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
interface Run {
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

/**
 * Trains until the plan ends or `signal` comes.
 * @throws AthanorError('bad-input') for settings that do not fit, or a resume with other data or settings
 * @throws AthanorError('engine') when the loss is not finite; the last good checkpoint is named
 */
export async function trainLoop(options: TrainOptions): Promise<TrainResult> {
  checkSources(options);
  const { model, objective, config, backend, train, seed } = options;
  const stepper = await Stepper.create({
    model,
    objective,
    backend,
    seed,
    optimizer: optimizerOf(config),
    batchSize: train.batchSize,
    sequenceLength: train.sequenceLength,
    accumulation: config.accumulation,
    clipNorm: config.clip_norm,
    dropout: config.dropout,
    documents: config.attention === 'document',
    checkpointing: config.activation_checkpointing,
  });
  try {
    const run = await startRun(options, stepper);
    return await advance(run);
  } finally {
    stepper.dispose();
  }
}

/** Steps until the end. */
async function advance(run: Run): Promise<TrainResult> {
  const { signal } = run.options;
  for (;;) {
    run.plan.observe(run.step, elapsed(run));
    const total = run.plan.total(run.step);
    if (run.step >= total || signal?.aborted) break;
    await oneStep(run, total);
    const finished = run.step >= run.plan.total(run.step);
    await afterStep(run, { finished, stopping: signal?.aborted ?? false });
  }
  if (run.saved !== run.step) await save(run);
  prune(run);
  return result(run, run.step >= run.plan.total(run.step) ? 'done' : 'stopped');
}

async function oneStep(run: Run, total: number): Promise<void> {
  const { config, train } = run.options;
  const learningRate = learningRateAt(config, run.step, total);
  const batches: Batch[] = [];
  for (let i = 0; i < config.accumulation; i++) batches.push(await train.batch(run.step * config.accumulation + i));
  const result = await run.stepper.step(batches, run.step, learningRate);
  guardFinite(run, result, learningRate);
  run.step++;
  run.tokens += result.counted;
  const { tokens_per_s, ...cost } = run.meter.read(config.accumulation * train.batchSize * train.sequenceLength);
  const { loss, gradNorm } = result;
  run.lastLine = {
    step: run.step,
    loss,
    lr: learningRate,
    grad_norm: gradNorm,
    tokens_per_s,
    tokens: run.tokens,
    ...cost,
  };
}

/** Weights are already updated when the loss is known: nothing after this point may be saved. */
function guardFinite(run: Run, { loss, gradNorm }: StepResult, learningRate: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  const what = Number.isFinite(loss) ? `the gradient's norm is ${gradNorm}` : `the loss is ${loss}`;
  const steps = listCheckpoints(run.checkpoints);
  const kept = steps.length > 0 ? `The checkpoint of step ${steps.at(-1)} is kept.` : 'There is no checkpoint yet.';
  throw new AthanorError(
    'engine',
    `training diverged: ${what} at step ${run.step + 1} (learning rate ${learningRate.toPrecision(3)})`,
    {
      place: run.stage,
      hint: `${kept} Lower optimizer.lr, warm up longer, or lower clip_norm.`,
      values: { step: run.step + 1, loss, gradNorm, learningRate, lastCheckpoint: steps.at(-1) },
    },
  );
}

/** Checkpoint, validation, samples and the line of metrics for the step just done. */
async function afterStep(run: Run, when: { readonly finished: boolean; readonly stopping: boolean }): Promise<void> {
  const { config, validation, tokenBytes, signal } = run.options;
  const validating = validation !== undefined && (when.finished || run.step % config.eval_interval === 0);
  const saving = when.finished || when.stopping || validating || run.step % config.checkpoint_interval === 0;
  if (saving && run.saved !== run.step) await save(run);
  let line = run.lastLine;
  if (validating && !when.stopping) {
    const found = await validate(run.stepper, validation, { batches: config.eval_batches, tokenBytes, signal });
    if (found) {
      const scores = {
        val_loss: found.loss,
        ...(found.bitsPerByte === undefined ? {} : { val_bpb: found.bitsPerByte }),
      };
      line = { ...line, ...scores };
      if (run.best === undefined || found.loss < run.best.val_loss) {
        run.best = { step: run.step, ...scores };
        writeJson(bestPath(run), run.best);
      }
    }
  }
  // When stopped, the resumed run validates this step and writes its line.
  const complete = !validating || 'val_loss' in line || !(signal?.aborted ?? false);
  const logged = validating || when.finished || run.step % config.log_interval === 0;
  if (complete && logged) run.metrics.append(line);
  reportProgress(run, line, validating || when.finished);
  const { sample } = config;
  if (sample && run.options.sample && run.step % sample.interval === 0 && !when.stopping)
    await run.options.sample({ step: run.step, store: run.stepper.store });
  if (run.saved === run.step) prune(run);
  if (validating || run.saved === run.step) run.meter.reset();
}

function reportProgress(run: Run, line: MetricsLine, always: boolean): void {
  const time = run.now();
  if (!always && time - run.lastReport < 100) return;
  run.lastReport = time;
  const total = run.plan.total(run.step);
  const { step, ...metrics } = line;
  const perToken = run.options.train.batchSize * run.options.train.sequenceLength * run.options.config.accumulation;
  run.report({
    type: 'progress',
    stage: run.stage,
    done: step,
    unit: 'steps',
    metrics,
    ...(Number.isFinite(total) ? { total, etaSeconds: ((total - step) * perToken) / (line.tokens_per_s || 1) } : {}),
  });
}

async function save(run: Run): Promise<void> {
  const { config, seed, files } = run.options;
  const dataPosition = run.step * config.accumulation;
  const state: TrainState = {
    schema: 1,
    step: run.step,
    dataPosition,
    rng: { seed, counter: dataPosition },
    tokens: run.tokens,
    elapsedSeconds: elapsed(run),
    identity: run.identity,
    metrics: run.lastLine,
  };
  const { store, weights, optimizerStates } = run.stepper;
  await saveCheckpoint(run.checkpoints, { state, store, weights, optimizerStates, files });
  run.saved = run.step;
}

function prune(run: Run): void {
  pruneCheckpoints(run.checkpoints, run.options.config.keep_checkpoints, [run.best?.step]);
}

function result(run: Run, status: TrainResult['status']): TrainResult {
  const { step, tokens, best } = run;
  const last = join(run.checkpoints, checkpointName(step));
  const bestWithPath = best && { ...best, path: join(run.checkpoints, checkpointName(best.step)) };
  const selected = run.options.config.select === 'best' && bestWithPath ? bestWithPath.path : last;
  const loss = run.lastLine.loss ?? Number.NaN;
  return {
    status,
    step,
    tokens,
    seconds: elapsed(run),
    loss,
    last,
    selected,
    ...(bestWithPath ? { best: bestWithPath } : {}),
  };
}

/** Seconds of training, over resumes. */
function elapsed(run: Run): number {
  return (run.now() - run.origin) / 1000;
}

function bestPath(run: { readonly options: TrainOptions }): string {
  return join(run.options.directory, 'best.json');
}

// ---- Start and resume ----

/** The run at its beginning, or as the newest checkpoint left it. */
async function startRun(options: TrainOptions, stepper: Stepper): Promise<Run> {
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
      limit: stepLimit(config, options.train.batchesPerEpoch),
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
  if (found) await finishCutOff(run);
  return run;
}

/** What a crash or a stop cut off after the checkpoint was written: validation and the line of metrics. */
async function finishCutOff(run: Run): Promise<void> {
  if (run.metrics.lines.at(-1)?.step === run.step || run.step === 0) return;
  await afterStep(run, { finished: run.step >= run.plan.total(run.step), stopping: false });
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
    report({ type: 'message', level: 'warn', stage, text: `${error.message}; going back to the one before` }),
  );
  if (!found) return undefined;
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

function checkSources({ train, validation, model, config }: TrainOptions): void {
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
  if (validation && (validation.batchSize !== batchSize || validation.sequenceLength !== sequenceLength))
    throw new AthanorError('bad-input', 'validation batches must have the shape of training batches', {
      values: { train: [batchSize, sequenceLength], validation: [validation.batchSize, validation.sequenceLength] },
    });
  stepLimit(config, batchesPerEpoch);
}
