/** Training, the Node-only part: the loop, checkpoints, metrics files. */
export * from './checkpoint.ts';
export * from './journal.ts';
export * from './loop.ts';
export * from './plan.ts';
export type { BestCheckpoint, MetricsLine, TrainOptions, TrainResult } from './run.ts';
