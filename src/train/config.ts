/** The settings of a training run, as recipes write them; composed from the schemas of optimizers, schedules and objectives. */
import { z } from 'zod';
import { AthanorError } from '../core/index.ts';
import type { BatchSource } from './batch.ts';
import { objectives } from './objectives/registry.gen.ts';
import type { AdamwConfig } from './optim/adamw.ts';
import { optimizers } from './optim/registry.gen.ts';
import { bindOptimizer, type Optimizer } from './optimizer.ts';
import { schedules } from './schedules/registry.gen.ts';

export type ObjectiveName = keyof typeof objectives;

const count = z.number().int().positive();

/** One entry for each definition of a registry; `use` chooses. */
const optimizerSchema: z.ZodType<AdamwConfig> = optimizers.adamw.config;
const scheduleSchema = z.union([schedules.cosine.config, schedules.linear.config, schedules.constant.config]);

export const sampleSchema = z.strictObject({
  prompts: z.array(z.string()).min(1).default(['']).describe('What the model continues.'),
  interval: count.default(200).describe('Steps between samples.'),
  max_tokens: count.default(64).describe('Longest sample in tokens.'),
  temperature: z.number().min(0).default(0.8).describe('0 takes the most likely token.'),
});
export type SampleConfig = z.output<typeof sampleSchema>;

/** The fields that every training stage has. */
export const trainingFields = {
  optimizer: optimizerSchema.prefault({}).describe('The optimizer and its settings.'),
  schedule: scheduleSchema.prefault({ use: 'cosine' }).describe('The learning rate over time.'),
  batch_size: count.default(8).describe('Sequences in one batch.'),
  sequence_length: count.optional().describe("Tokens in a sequence; default: the model's longest."),
  accumulation: count.default(1).describe('Batches whose gradients are added before one update.'),
  max_steps: count.optional().describe('Stop after this many updates.'),
  max_minutes: z.number().positive().optional().describe('Stop after this much time; the schedule is fitted to it.'),
  epochs: z.number().positive().optional().describe('Stop after this many passes over the data.'),
  clip_norm: z.number().min(0).default(1).describe('Largest global norm of the gradient; 0: no clipping.'),
  dropout: z.number().min(0).lt(1).optional().describe("Dropout everywhere; default: the model's own rates."),
  attention: z
    .enum(['causal', 'document'])
    .default('causal')
    .describe('document: a token sees only its own document of a packed row; causal: everything before it (cheaper).'),
  activation_checkpointing: z
    .boolean()
    .default(false)
    .describe('Recompute activations: less memory, a third more time.'),
  eval_interval: count.default(250).describe('Steps between validation losses; each is preceded by a checkpoint.'),
  eval_batches: count.default(16).describe('Batches of the validation split that are used, at most.'),
  checkpoint_interval: count.default(250).describe('Steps between checkpoints.'),
  keep_checkpoints: count.default(2).describe('Newest checkpoints that are kept, besides the best.'),
  log_interval: count.default(1).describe('Steps between lines of metrics.jsonl.'),
  select: z
    .enum(['best', 'last'])
    .default('best')
    .describe('Which weights become the model (best: lowest validation loss).'),
  sample: sampleSchema.optional().describe('Text written by the model during training.'),
  seed: z.number().int().min(0).optional().describe("Seed of weights, order and dropout; default: the recipe's."),
} satisfies z.ZodRawShape;

export const trainingSchema = z.strictObject(trainingFields);
export type TrainingConfig = z.output<typeof trainingSchema>;

const name = z.string().min(1).optional().describe('Name of the result; default: the kind of stage.');

/** `pretrain:` of a recipe. */
export const pretrainSchema = z.strictObject({ name, ...objectives.pretrain.fields, ...trainingFields });
export type PretrainConfig = z.output<typeof pretrainSchema>;

/** `sft:` of a recipe. */
export const sftSchema = z.strictObject({
  name,
  ...objectives.sft.fields,
  ...trainingFields,
  epochs: trainingFields.epochs.describe('Stop after this many passes over the data; 2 when nothing limits the run.'),
  optimizer: optimizerSchema.prefault({ lr: objectives.sft.defaults.lr }).describe('The optimizer and its settings.'),
});
export type SftConfig = z.output<typeof sftSchema>;

/** The training settings of a stage, without the stage's own fields. */
export function trainingConfigOf(stage: Readonly<Record<string, unknown>>): TrainingConfig {
  const fields = Object.entries(stage).filter(([key]) => key in trainingFields);
  return trainingSchema.parse(Object.fromEntries(fields));
}

/** The optimizer of a run. */
export function optimizerOf({ optimizer }: TrainingConfig): Optimizer {
  return bindOptimizer(optimizers[optimizer.use], optimizer);
}

/** Learning rate at a step (from 0) of a run of `total` steps. */
export function learningRateAt({ schedule, optimizer }: TrainingConfig, step: number, total: number): number {
  const peak = optimizers[optimizer.use].learningRate(optimizer);
  switch (schedule.use) {
    case 'cosine':
      return peak * schedules.cosine.factor(schedule, step, total);
    case 'linear':
      return peak * schedules.linear.factor(schedule, step, total);
    case 'constant':
      return peak * schedules.constant.factor(schedule, step, total);
  }
}

/**
 * The most steps a run may have by `max_steps`, `epochs` and the batches there are; Infinity with a time limit only.
 * @param defaultEpochs the objective's own, used when nothing limits the run
 * @throws AthanorError('bad-input') when nothing says when training ends
 */
export function stepLimit(
  config: TrainingConfig,
  { batchesPerEpoch, batches = Number.POSITIVE_INFINITY }: Pick<BatchSource, 'batchesPerEpoch' | 'batches'>,
  defaultEpochs?: number,
): number {
  const { max_steps, max_minutes, accumulation } = config;
  const open = max_steps === undefined && max_minutes === undefined;
  const epochs = config.epochs ?? (open ? defaultEpochs : undefined);
  if (open && epochs === undefined)
    throw new AthanorError('bad-input', 'max_steps: nothing says when training ends', {
      hint: 'Set max_steps, max_minutes or epochs; the first that is reached ends it.',
    });
  const byEpochs = epochs === undefined ? Number.POSITIVE_INFINITY : (epochs * batchesPerEpoch) / accumulation;
  const there = Math.floor(batches / accumulation);
  return Math.min(max_steps ?? Number.POSITIVE_INFINITY, Math.max(1, Math.ceil(byEpochs)), there);
}
