/** Data: documents, sources, steps, datasets, token shards, packing, and the workspace. Node only. */
export * from './analysis/index.ts';
export * from './annotation/index.ts';
export * from './batches.ts';
export * from './build.ts';
export * from './classifier/index.ts';
export * from './document.ts';
export { type ExportFormat, exportDataset, exportFormats } from './export.ts';
export { type ExampleOptions, packings } from './formats/examples.ts';
export { describeFunnel } from './funnel.ts';
export { collectGarbage, findGarbage, type GarbageItem } from './garbage.ts';
export * from './language/index.ts';
export { findLeaks, type Leak, type LeakOptions, type Leaks } from './leaks.ts';
export { describeFiles, findFiles } from './lines.ts';
export { type DroppedRecord, type Manifest, manifestSchema, type RuleReport, type ShardFile } from './manifest.ts';
export * from './ngram-lm/index.ts';
export {
  datasetVersions,
  latestVersion,
  type OpenDataset,
  type OpenDatasetOptions,
  openDataset,
  openReference,
} from './open.ts';
export type { PackingStats } from './pack.ts';

export * from './schema.ts';
export * from './source.ts';
export { sources } from './sources/registry.gen.ts';
export * from './step.ts';
export { steps } from './steps/registry.gen.ts';
export * from './tokens.ts';
export * from './workspace.ts';
