/** Models: architectures, the contexts they run in, and the graphs for scoring and generation. Runs everywhere. */
export * from './cached-context.ts';
export * from './context.ts';
export * from './create-model.ts';
export * from './define-model.ts';
export * from './model-card.ts';
export * from './parameters.ts';
export * from './programs.ts';
export { models } from './registry.gen.ts';
export * from './transforms/int8.ts';
