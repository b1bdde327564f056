/** Token shards, and how they become the batches of training: packing, order, mixtures. */
export * from './batches.ts';
export * from './mixture.ts';
export * from './mixture-batches.ts';
export type { PackingStats } from './pack.ts';
export * from './tokens.ts';
