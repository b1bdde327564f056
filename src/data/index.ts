/** Data: documents, sources, steps, datasets, token shards, packing, and the workspace. Node only. */
export * from './batches.ts';
export * from './build.ts';
export * from './document.ts';
export { findFiles } from './lines.ts';
export { type DroppedRecord, type Manifest, manifestSchema, type RuleReport, type ShardFile } from './manifest.ts';
export { latestVersion, type OpenDataset, type OpenDatasetOptions, openDataset } from './open.ts';
export type { PackingStats } from './pack.ts';
export { describeFunnel } from './pipeline.ts';
export * from './schema.ts';
export * from './source.ts';
export { sources } from './sources/registry.gen.ts';
export * from './step.ts';
export { steps } from './steps/registry.gen.ts';
export * from './tokens.ts';
export * from './workspace.ts';
