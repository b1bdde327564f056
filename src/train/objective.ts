/** What a training objective is: a loss as a sum over counted tokens, and the fields of its stage in a recipe. */
import type { z } from 'zod';
import { crossEntropy, type Tensor } from '../graph/index.ts';
import type { Model, ModelContext } from '../models/index.ts';

/** The caller divides once by the tokens counted in the whole batch, so accumulation, packing and masks change nothing. */
export interface LossTerms {
  /** Scalar, nats. */
  readonly sum: Tensor;
  /** Scalar float: how many labels are not -100. */
  readonly count: Tensor;
  /** [N], 0 where not counted. */
  readonly perToken: Tensor;
}

export interface ObjectiveDefinition<Fields extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly describe: string;
  /** Fields of the stage besides the training settings. */
  readonly fields: Fields;
  /** Other defaults of the training settings than config.ts has. */
  readonly defaults: { readonly lr: number; readonly epochs?: number };
  loss(model: Model, context: ModelContext, labels_N: Tensor): LossTerms;
}

/** Defines an objective; adding the file to objectives/ registers it. */
export function defineObjective<Fields extends z.ZodRawShape>(
  definition: ObjectiveDefinition<Fields>,
): ObjectiveDefinition<Fields> {
  return definition;
}

/** Next-token cross-entropy over labels that are not -100. */
export function languageModelLoss(model: Model, context: ModelContext, labels_N: Tensor): LossTerms {
  return crossEntropy(model.logits(context, model.forward(context)), labels_N, { ignoreIndex: -100 });
}
