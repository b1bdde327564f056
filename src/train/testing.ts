/** Small models, batches without files, and a backend: shared by the tests of this folder. */
import { Rng } from '../core/index.ts';
import { createModel, type Model } from '../models/index.ts';
import type { Batch, BatchSource } from './batch.ts';

export const VOCABULARY = 31;

export function tinyLlama(fields: Record<string, unknown> = {}): Model {
  return createModel({
    type: 'llama',
    vocab_size: VOCABULARY,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 16,
    ...fields,
  });
}

const int64 = (values: readonly number[]) => BigInt64Array.from(values, BigInt);

/** Batches of a noisy counting sequence, each a pure function of its position; some labels do not count. */
export function countingSource(batchSize: number, sequenceLength: number, seed = 3): BatchSource {
  return {
    batchSize,
    sequenceLength,
    batchesPerEpoch: 50,
    fingerprint: `counting-${seed}`,
    batch(position): Batch {
      const rng = new Rng(seed, position);
      const ids: number[] = [];
      const labels: number[] = [];
      for (let row = 0; row < batchSize; row++) {
        let value = rng.int(VOCABULARY);
        for (let t = 0; t < sequenceLength; t++) {
          ids.push(value);
          value = rng.uniform() < 0.1 ? rng.int(VOCABULARY) : (value + 1) % VOCABULARY;
          labels.push(rng.uniform() < 0.1 ? -100 : value);
        }
      }
      return { input_ids: int64(ids), labels: int64(labels) };
    },
  };
}

/** A batch from rows of documents (token lists): tokens predict the next of their own document; rows are padded. */
export function packedBatch(rows: readonly (readonly (readonly number[])[])[], sequenceLength: number): Batch {
  const columns = { ids: [] as number[], labels: [] as number[], segments: [] as number[], positions: [] as number[] };
  for (const documents of rows) {
    const start = columns.ids.length;
    documents.forEach((tokens, segment) => {
      tokens.forEach((token, position) => {
        columns.ids.push(token);
        columns.labels.push(tokens[position + 1] ?? -100);
        columns.segments.push(segment);
        columns.positions.push(position);
      });
    });
    while (columns.ids.length - start < sequenceLength) {
      columns.ids.push(0);
      columns.labels.push(-100);
      columns.segments.push(documents.length);
      columns.positions.push(0);
    }
  }
  return {
    input_ids: int64(columns.ids),
    labels: int64(columns.labels),
    segment_ids: int64(columns.segments),
    positions: int64(columns.positions),
  };
}

/** ‖a - b‖ / ‖b‖. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
