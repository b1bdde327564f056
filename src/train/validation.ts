/** The validation loss of a run: nats per token, and bits per byte, which tokenizers of different sizes can be compared by. */
import { type Batch, type BatchSource, countedBytes } from './batch.ts';
import type { Stepper } from './stepper.ts';

/** One of several sources that are validated by themselves; the loss of all is their mean by weight. */
export interface ValidationPart {
  readonly name: string;
  readonly source: BatchSource;
  readonly weight: number;
}

export type ValidationData = BatchSource | readonly ValidationPart[];

/** The parts of validation data; one source is a part without a name. */
export function validationParts(data: ValidationData | undefined): readonly ValidationPart[] {
  if (data === undefined) return [];
  return 'batch' in data ? [{ name: '', source: data, weight: 1 }] : data;
}

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

/** The numbers of a validation as metrics: `val_loss`, `val_bpb`, and `val_loss/<name>` of each part that has a name. */
export type ValidationMetrics = { readonly val_loss: number; readonly val_bpb?: number } & Readonly<
  Record<string, number>
>;

/**
 * Validates each part.
 * @returns undefined when there is nothing to validate on, or `signal` stopped it
 */
export async function validateParts(
  stepper: Stepper,
  parts: readonly ValidationPart[],
  options: Parameters<typeof validate>[2],
): Promise<ValidationMetrics | undefined> {
  const found: (ValidationResult & ValidationPart)[] = [];
  for (const part of parts) {
    const result = await validate(stepper, part.source, options);
    if (options.signal?.aborted) return undefined;
    if (result) found.push({ ...part, ...result });
  }
  const weights = found.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return undefined;
  const mean = (value: (part: (typeof found)[number]) => number) =>
    found.reduce((sum, part) => sum + part.weight * value(part), 0) / weights;
  const bitsPerByte = mean(({ bitsPerByte = Number.NaN }) => bitsPerByte);
  return {
    val_loss: mean(({ loss }) => loss),
    ...(Number.isNaN(bitsPerByte) ? {} : { val_bpb: bitsPerByte }),
    ...Object.fromEntries(found.flatMap(({ name, loss }) => (name === '' ? [] : [[`val_loss/${name}`, loss]]))),
  };
}
