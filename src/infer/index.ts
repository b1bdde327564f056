/** Inference: continuous batching over a model runner, sampling, text. Browser-safe. */
export * from './engine.ts';
export { type FinishReason, Generation, type GenerationTiming } from './generation.ts';
export { createRunner, type ProgramRunnerOptions } from './program-runner.ts';
export type { ModelRunner } from './runner.ts';
export { logprobsOf, type SampledToken, Sampler, type TokenLogprob } from './sampler.ts';
export { type SamplingInput, type SamplingParams, samplingSchema } from './sampling/index.ts';
export { type RowMove, Scheduler, type SchedulerOptions, type SchedulerStep } from './scheduler.ts';
export { StopStrings } from './stop-strings.ts';
export * from './text.ts';
export { createTextModel, type TextModelOptions } from './text-model.ts';
