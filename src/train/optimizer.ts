/** What an optimizer is: the update of one parameter inside the step graph, and the scalars it is fed at each step. */
import type { z } from 'zod';
import type { Tensor } from '../graph/index.ts';

/** One parameter under update. */
export interface OptimizedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weight: Tensor;
  /** Already clipped. */
  readonly gradient: Tensor;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

export interface OptimizerDefinition<Config> {
  readonly name: string;
  readonly describe: string;
  readonly config: z.ZodType<Config>;
  /** The peak learning rate. */
  learningRate(config: Config): number;
  /** Whether weight decay applies to embeddings too. */
  decaysEmbeddings(config: Config): boolean;
  /** Scalar inputs of the graph and their values at a step (counted from 1), with the scheduled learning rate. */
  scalars(config: Config, step: number, learningRate: number): Readonly<Record<string, number>>;
  /** State name → next value: the weight and the optimizer's own states, which are named `<optimizer>.<kind>.<parameter>`. */
  update(
    config: Config,
    parameter: OptimizedParameter,
    scalars: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor>;
}

/** An optimizer with its config. */
export interface Optimizer {
  readonly learningRate: number;
  readonly decaysEmbeddings: boolean;
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  update(parameter: OptimizedParameter, scalars: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
}

/** Defines an optimizer; adding the file to optim/ registers it. */
export function defineOptimizer<Config>(definition: OptimizerDefinition<Config>): OptimizerDefinition<Config> {
  return definition;
}

/** Binds a config. */
export function bindOptimizer<Config>(definition: OptimizerDefinition<Config>, config: Config): Optimizer {
  return {
    learningRate: definition.learningRate(config),
    decaysEmbeddings: definition.decaysEmbeddings(config),
    scalars: (step, learningRate) => definition.scalars(config, step, learningRate),
    update: (parameter, scalars) => definition.update(config, parameter, scalars),
  };
}
