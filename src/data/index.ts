/** Data: everything in datasets.ts, and what builds one: sources, steps, and the stage made of them. Node only. */
export * from './build.ts';
export * from './datasets.ts';
export { findLeaks, type Leak, type LeakOptions, type Leaks } from './leaks.ts';
export * from './schema.ts';
export * from './source.ts';
export { sources } from './sources/registry.gen.ts';
export * from './step.ts';
export { steps } from './steps/registry.gen.ts';
