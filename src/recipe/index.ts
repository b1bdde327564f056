/** Recipes: from a file to finished stages. The composition root of everything below; `cli/` and `studio/` stand on it. */
export { codeVersion } from '../core/node.ts';
export * from './artefacts.ts';
export * from './define.ts';
export * from './evaluation.ts';
export { type LoadedRecipe, loadRecipe } from './load.ts';
export * from './quantization.ts';
export { recipeJsonSchema, recipeReference } from './reference.ts';
export { type ResolvedStage, resolveRecipe, selectStages } from './resolve.ts';
export { planRecipe, type RunOptions, type RunReport, runRecipe, runStages, type StageReport } from './run.ts';
export { defineRecipe, parseRecipe, type Recipe, recipeSchema, type StageKind, stageKinds, stageOf } from './schema.ts';
export * from './text-model.ts';
export * from './text-scorer.ts';
export * from './tokenizer-settings.ts';
export { trainingShards } from './training-shards.ts';
