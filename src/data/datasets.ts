/**
 * Datasets and what works on finished ones: opening, statistics, export, tokens, batches, annotation, small models. A
 * door of its own because it loads no source and no step, which a command that only reads need not wait for. Node only.
 */
export * from './analysis/index.ts';
export * from './annotation/index.ts';
export * from './classifier/index.ts';
export * from './document.ts';
export { type ExportFormat, exportDataset, exportFormats } from './export.ts';
export { type ExampleOptions, packings } from './formats/examples.ts';
export { describeFunnel } from './funnel.ts';
export { collectGarbage, findGarbage, type GarbageItem } from './garbage.ts';
export * from './language/index.ts';
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
export * from './packing/index.ts';
export * from './text-scorer.ts';
export * from './workspace.ts';
