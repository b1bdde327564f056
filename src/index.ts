/** The package's front door: recipes from a program. The floors have entries of their own (`athanor/graph`, …). Node only. */
export { AthanorError, type ProgressEvent, type Reporter } from './core/index.ts';
export {
  defineRecipe,
  loadRecipe,
  openTextModel,
  type Recipe,
  type RunOptions,
  type RunReport,
  runRecipe,
} from './recipe/index.ts';
export { startServer } from './serve/index.ts';
