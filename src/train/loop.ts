/**
 * The training loop: steps, validation, checkpoints, metrics, samples, resume. One loop for every objective. Node only.
 *
 * After step s, in this order: the line's numbers are taken, a checkpoint is written if one is due (always before validation
 * and samples, which may fail), validation runs, the line goes to metrics.jsonl. A resumed run first finishes what a crash
 * cut off after its checkpoint's step. Everything but the clock's estimates (plan.ts) is a function of (seed, step, data),
 * so a resumed run's weights equal an uninterrupted run's byte for byte, on the same machine with the same threads.
 */
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { writeJson } from '../core/node.ts';
import type { Batch } from './batch.ts';
import { checkpointName, listCheckpoints, pruneCheckpoints, saveCheckpoint, type TrainState } from './checkpoint.ts';
import { learningRateAt, optimizerOf } from './config.ts';
import { checkSources, type MetricsLine, type Run, startRun, type TrainOptions, type TrainResult } from './run.ts';
import { Stepper, type StepResult } from './stepper.ts';
import { validateParts, validationParts } from './validation.ts';

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
    const run = startRun(options, stepper);
    await finishCutOff(run);
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
    const parts = validationParts(validation);
    const scores = await validateParts(run.stepper, parts, { batches: config.eval_batches, tokenBytes, signal });
    if (scores) {
      line = { ...line, ...scores };
      if (run.best === undefined || scores.val_loss < run.best.val_loss) {
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

/** What a crash or a stop cut off after the checkpoint was written: validation and the line of metrics. */
async function finishCutOff(run: Run): Promise<void> {
  if (run.metrics.lines.at(-1)?.step === run.step || run.step === 0) return;
  await afterStep(run, { finished: run.step >= run.plan.total(run.step), stopping: false });
}
