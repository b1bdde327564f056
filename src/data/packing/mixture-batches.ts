/**
 * Batches whose rows come from several datasets, as a plan says. Like `PackedBatches` (one dataset), `batch(position)` is
 * a pure function of the tokens, the settings and the position.
 */
import { type Batch, type Int64Matrix, PackedBatches, type PackedBatchesOptions } from './batches.ts';
import { type MixtureConfig, MixturePlan } from './mixture.ts';
import type { Tokens } from './tokens.ts';

export interface MixtureBatchesOptions extends Omit<PackedBatchesOptions, 'tokens'> {
  readonly config: MixtureConfig;
  /** Of each dataset of the mixture, in its order. */
  readonly tokens: readonly Tokens[];
  /** Batches that the run will read; Infinity where only time ends it. */
  readonly wanted: (sequences: number) => number;
}

/** What a run reads of one dataset. */
export interface MixtureShare {
  readonly dataset: string;
  /** Inputs read, repeats included; padding not. */
  readonly tokens: number;
  /** Of the tokens of all datasets, 0 to 1. */
  readonly share: number;
  /** Passes over the dataset, with fraction. */
  readonly epochs: number;
}

export class MixtureBatches {
  /** Sequences of all datasets together: one pass over the data. */
  readonly sequences: number;
  readonly plan: MixturePlan;
  private readonly config: MixtureConfig;
  private readonly batchSize: number;
  private readonly parts: readonly PackedBatches[];

  /** @throws AthanorError('bad-input') as `PackedBatches` and `MixturePlan` */
  constructor({ config, tokens, batchSize, wanted, ...options }: MixtureBatchesOptions) {
    this.config = config;
    this.batchSize = batchSize;
    this.parts = tokens.map((part) => new PackedBatches({ ...options, tokens: part, batchSize: 1 }));
    this.sequences = this.parts.reduce((sum, part) => sum + part.sequences, 0);
    this.plan = new MixturePlan(
      config,
      this.parts.map((part) => part.sequences),
      wanted(this.sequences) * batchSize,
    );
  }

  /** Whole batches that there are at all; Infinity unless every dataset has `max_epochs`. */
  get batches(): number {
    return Math.floor(this.plan.rows / this.batchSize);
  }

  batch(position: number): Batch {
    const rows = Array.from({ length: this.batchSize }, (_, row) => {
      const { part, index } = this.plan.row(position * this.batchSize + row);
      return this.parts[part]!.batch(index);
    });
    const stack = (field: 'input_ids' | 'labels' | 'segment_ids' | 'positions'): Int64Matrix => {
      const length = rows[0]![field].shape[1];
      const data = new BigInt64Array(rows.length * length);
      for (const [row, batch] of rows.entries()) data.set(batch[field].data, row * length);
      return { dtype: 'int64', shape: [rows.length, length], data };
    };
    return {
      input_ids: stack('input_ids'),
      labels: stack('labels'),
      segment_ids: stack('segment_ids'),
      positions: stack('positions'),
      tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
      targets: rows.reduce((sum, { targets }) => sum + targets, 0),
    };
  }

  /** What the first `batches` batches take of each dataset, counted exactly. */
  shares(batches: number): MixtureShare[] {
    const counts = this.plan.countsBefore(batches * this.batchSize);
    const tokens = this.parts.map((part, i) => part.tokensIn(counts[i]!));
    const total = tokens.reduce((a, b) => a + b, 0);
    return this.config.mixture.map(({ dataset }, i) => ({
      dataset,
      tokens: tokens[i]!,
      share: total === 0 ? 0 : tokens[i]! / total,
      epochs: counts[i]! / this.parts[i]!.sequences,
    }));
  }
}
