/** What the loop reads: batches by position. Structural, so that tests need no files and `data/` needs no import from here. */

/** One batch of B packed rows of T tokens, row-major [B, T]. */
export interface Batch {
  readonly input_ids: BigInt64Array;
  /** The token after each input token, or -100 where it does not count. */
  readonly labels: BigInt64Array;
  /** Which document a token belongs to; used with `attention: document`. */
  readonly segment_ids?: BigInt64Array;
  /** Position inside the document; used with `attention: document`. */
  readonly positions?: BigInt64Array;
}

export interface BatchSource {
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** Whole batches in one pass over the data. */
  readonly batchesPerEpoch: number;
  /** Batches that there are at all (a mixture may limit its epochs). Default: no end. */
  readonly batches?: number;
  /** The batch at a position (counted from 0, over epochs): a pure function, so that a run resumes exactly. */
  batch(position: number): Batch | Promise<Batch>;
  /** Identifies the data and its order; a resumed run must have the same. */
  readonly fingerprint?: string;
}

/** How many labels count. */
export function countedTokens({ labels }: Batch): number {
  let count = 0;
  for (const label of labels) if (label !== -100n) count++;
  return count;
}

/** Bytes of text that the counted labels stand for. @param tokenBytes bytes of each token id */
export function countedBytes({ labels }: Batch, tokenBytes: Uint32Array): number {
  let bytes = 0;
  for (const label of labels) if (label !== -100n) bytes += tokenBytes[Number(label)] ?? 0;
  return bytes;
}
