/** Tasks: what a model is asked and how its answers are scored. */
export { tasks } from './registry.gen.ts';
export * from './task.ts';
