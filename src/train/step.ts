/**
 * Graphs of training: the whole step (forward, backward, clipping, update) as one graph; or, with accumulation, one that adds
 * gradients into `grad.<parameter>` states and one that applies them; and validation. Builds only; stepper.ts runs.
 *
 * The loss is Σ over counted tokens × `loss_scale` (1 / tokens counted in the whole batch, fed), so the division happens once
 * whatever the batch is split into.
 */
import {
  add,
  div,
  type GraphSpec,
  grad,
  input,
  minimum,
  mul,
  reshape,
  sqrt,
  state,
  sum,
  type Tensor,
  withScope,
} from '../graph/index.ts';
import { type Model, type ModelContext, trainingContext } from '../models/index.ts';
import type { LossTerms, ObjectiveDefinition } from './objective.ts';
import type { Optimizer } from './optimizer.ts';

export interface StepOptions {
  readonly model: Model;
  readonly objective: ObjectiveDefinition;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** Feed `segment_ids` and `positions`, and keep documents apart. */
  readonly documents?: boolean;
  /** Replaces the model's own rates; 0: none. */
  readonly dropout?: number;
  readonly checkpointing?: boolean;
}

interface Forward {
  readonly context: ModelContext;
  readonly loss: LossTerms;
}

/** Inputs: `input_ids`, `labels` int64 [B, T]; with documents `segment_ids`, `positions`; with dropout `rng_key` int64 [3]. */
function buildForward(options: StepOptions, training: boolean): Forward {
  const { batchSize: batch, sequenceLength: time, model } = options;
  const rows = (name: string) => input(name, 'int64', [batch, time]);
  const context = trainingContext({
    batch,
    time,
    tokens_BT: rows('input_ids'),
    ...(options.documents ? { segments_BT: rows('segment_ids'), positions_BT: rows('positions') } : {}),
    ...(training && options.dropout !== 0
      ? { dropout: { rate: options.dropout, key: input('rng_key', 'int64', [3]) } }
      : {}),
    checkpointing: options.checkpointing,
  });
  const loss = options.objective.loss(model, context, reshape(rows('labels'), [batch * time]));
  return { context, loss };
}

/** A forward pass and the gradient of every parameter of loss · `loss_scale`. */
function buildGradients(options: StepOptions): Forward & { gradients: Map<string, Tensor> } {
  const forward = buildForward(options, true);
  const names = [...forward.context.parameters.keys()];
  const scaled = mul(forward.loss.sum, input('loss_scale', 'float32', []));
  const gradients = grad(scaled, [...forward.context.parameters.values()]);
  return { ...forward, gradients: new Map(names.map((name, i) => [name, gradients[i]!])) };
}

/**
 * Clips by the global norm and updates. Every update depends on the norm and so on every gradient: no weight is overwritten
 * in place before its last reader.
 */
function buildUpdate(options: StepOptions, context: ModelContext, gradients: ReadonlyMap<string, Tensor>) {
  const norm = withScope('grad_norm', () => globalNorm([...gradients.values()]));
  const clip = minimum(div(input('clip_norm', 'float32', []), add(norm, 1e-6)), 1);
  const { optimizer } = options;
  const scalars = Object.fromEntries(
    Object.keys(optimizer.scalars(1, 1)).map((name) => [name, input(name, 'float32', [])]),
  );
  const updates: Record<string, Tensor> = {};
  for (const [name, weight] of context.parameters) {
    const role = context.roles.get(name);
    const decay = role === 'linear' || (role === 'embedding' && optimizer.decaysEmbeddings);
    const gradient = mul(gradients.get(name)!, clip);
    const shape = numericShape(weight);
    const next = withScope(`optimizer.${name}`, () =>
      optimizer.update({ name, shape, weight, gradient, decay }, scalars),
    );
    Object.assign(updates, next);
  }
  return { norm, updates };
}

/** √ Σ g² over all gradients. */
function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(gradients.map((gradient) => sum(mul(gradient, gradient))).reduce((total, square) => add(total, square)));
}

/** The whole step. Outputs: `loss_sum` (nats over counted tokens), `grad_norm` (before clipping). */
export function buildStep(options: StepOptions): GraphSpec {
  const { context, loss, gradients } = buildGradients(options);
  const { norm, updates } = buildUpdate(options, context, gradients);
  return { outputs: { loss_sum: loss.sum, grad_norm: norm }, updates };
}

/** Adds gradients into `grad.<parameter>`; input `keep` is 0 for the first batch of a step, else 1. Output: `loss_sum`. */
export function buildAccumulate(options: StepOptions): GraphSpec {
  const { context, loss, gradients } = buildGradients(options);
  const keep = input('keep', 'float32', []);
  const updates: Record<string, Tensor> = {};
  for (const [name, weight] of context.parameters) {
    const total = gradientState(name, weight);
    updates[`grad.${name}`] = add(mul(total, keep), gradients.get(name)!);
  }
  return { outputs: { loss_sum: loss.sum }, updates };
}

/** Clips and applies the gradients in `grad.<parameter>`. Output: `grad_norm`. */
export function buildApply(options: StepOptions): GraphSpec {
  const { context } = buildForward(options, true);
  const gradients = new Map([...context.parameters].map(([name, weight]) => [name, gradientState(name, weight)]));
  const { norm, updates } = buildUpdate(options, context, gradients);
  return { outputs: { grad_norm: norm }, updates };
}

/** Validation: no dropout, no gradients. Output: `loss_sum`. */
export function buildValidation(options: StepOptions): GraphSpec {
  return { outputs: { loss_sum: buildForward(options, false).loss.sum } };
}

/** Loss and every gradient as outputs (`grad.<parameter>`), nothing updated: for tests against other frameworks. */
export function buildLossAndGradients(options: StepOptions): GraphSpec {
  const { loss, gradients } = buildGradients(options);
  const named = [...gradients].map(([name, gradient]) => [`grad.${name}`, gradient]);
  return { outputs: { loss_sum: loss.sum, ...Object.fromEntries(named) } };
}

function gradientState(name: string, weight: Tensor): Tensor {
  return state(`grad.${name}`, numericShape(weight));
}

function numericShape(weight: Tensor): number[] {
  return weight.shape.filter((dim) => typeof dim === 'number');
}
