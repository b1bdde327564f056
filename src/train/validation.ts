/** The validation loss of a run: nats per token, and bits per byte, which tokenizers of different sizes can be compared by. */
import { type Batch, type BatchSource, countedBytes } from './batch.ts';
import type { Stepper } from './stepper.ts';

export interface ValidationResult {
  /** Nats per counted token. */
  readonly loss: number;
  /** Total nats / ln 2 / bytes of text of the counted tokens; undefined when the bytes are not known. */
  readonly bitsPerByte: number | undefined;
  readonly tokens: number;
}

/**
 * The loss over the first batches of a source: always the same ones, so values of different steps compare.
 * @param tokenBytes bytes of text of each token id
 * @returns undefined when the source is empty or `signal` stopped it
 */
export async function validate(
  stepper: Stepper,
  source: BatchSource,
  options: { readonly batches: number; readonly tokenBytes?: Uint32Array; readonly signal?: AbortSignal },
): Promise<ValidationResult | undefined> {
  const batches = Math.min(options.batches, source.batchesPerEpoch);
  let nats = 0;
  let tokens = 0;
  let bytes = 0;
  for (let position = 0; position < batches; position++) {
    if (options.signal?.aborted) return undefined;
    const batch: Batch = await source.batch(position);
    const { sum, counted } = await stepper.validate(batch);
    nats += sum;
    tokens += counted;
    if (options.tokenBytes) bytes += countedBytes(batch, options.tokenBytes);
  }
  if (tokens === 0) return undefined;
  return { loss: nats / tokens, bitsPerByte: bytes > 0 ? nats / Math.LN2 / bytes : undefined, tokens };
}
