/**
 * The classifier's file: `ATHNCLS1`, the header's length (uint32), a JSON header, zeros to a multiple of 8, then the
 * numbers, little-endian: feature numbers (uint32, ascending), row scales (float32), bias and output matrix (float32),
 * rows (int8). The header tells everything about the training, and the SHA-256 of the numbers. A file that was cut,
 * changed or made up is refused before anything of its size is allocated.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ioError, writeFileAtomic } from '../../core/node.ts';
import { featureSettings } from './features.ts';
import type { Metrics } from './metrics.ts';
import { type Classifier, type ClassifierWeights, createClassifier } from './model.ts';
import type { Trained, TrainSettings } from './train.ts';

const magic = 'ATHNCLS1';
const headerLimit = 1 << 20;

const metricsSchema = z.object({
  examples: z.number(),
  accuracy: z.number(),
  macro_f1: z.number(),
  labels: z.record(
    z.string(),
    z.object({ precision: z.number(), recall: z.number(), f1: z.number(), examples: z.number() }),
  ),
  confusion: z.array(z.array(z.number())),
});

const headerSchema = z.object({
  version: z.literal(1),
  labels: z.array(z.string().min(1)).min(2).max(10_000),
  features: featureSettings,
  dim: z.int().min(0).max(512),
  loss: z.enum(['softmax', 'one-vs-all']),
  kept: z
    .int()
    .min(0)
    .max(2 ** 24),
  thresholds: z.record(z.string(), z.number()).default({}),
  metrics: metricsSchema.nullable().default(null),
  training: z.record(z.string(), z.unknown()).default({}),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What a model file says beside its weights. */
export interface ClassifierFile {
  readonly model: Classifier;
  /** For each label, the probability above which it is taken to hold. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** On the part held out of the training. */
  readonly metrics: Metrics | undefined;
  /** Settings, seed, inputs with their hashes, as the trainer wrote them. */
  readonly training: Readonly<Record<string, unknown>>;
  /** Of the whole file. */
  readonly sha256: string;
}

export interface TrainingRecord {
  readonly settings: TrainSettings;
  /** What was read: path, bytes, sha256. */
  readonly inputs: readonly unknown[];
  readonly licence?: string | undefined;
}

export function encodeClassifier(trained: Trained, record: TrainingRecord): Uint8Array {
  const { weights } = trained;
  const { kept, scales, bias, output, rows } = weights;
  const numbers = Buffer.concat([kept, scales, bias, output, rows].map(bytesOf));
  const header: z.input<typeof headerSchema> = {
    version: 1,
    labels: [...weights.labels],
    features: weights.features,
    dim: weights.dim,
    loss: weights.loss,
    kept: kept.length,
    thresholds: { ...trained.thresholds },
    metrics: (trained.metrics as z.input<typeof metricsSchema> | undefined) ?? null,
    training: {
      ...record,
      examples: trained.examples,
      held_out: trained.heldOut,
      epoch: trained.epoch,
    },
    sha256: createHash('sha256').update(numbers).digest('hex'),
  };
  const json = Buffer.from(JSON.stringify(header));
  const start = align(magic.length + 4 + json.length);
  const head = Buffer.alloc(start);
  head.write(magic, 'latin1');
  head.writeUInt32LE(json.length, magic.length);
  json.copy(head, magic.length + 4);
  return Buffer.concat([head, numbers]);
}

/** @throws AthanorError('io') */
export function saveClassifier(path: string, trained: Trained, record: TrainingRecord): void {
  writeFileAtomic(path, encodeClassifier(trained, record));
}

/** @throws AthanorError('not-found' | 'io' | 'bad-file') */
export function loadClassifier(path: string): ClassifierFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw ioError(error, path, 'read');
  }
  return decodeClassifier(bytes, path);
}

/** @param path for messages only */
export function decodeClassifier(bytes: Uint8Array, path: string): ClassifierFile {
  const bad = (what: string, cause?: unknown) =>
    new AthanorError('bad-file', `${path} is not a classifier of ours: ${what}`, {
      place: path,
      hint: 'Train it again with `athanor data train-classifier`.',
      cause,
    });
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < magic.length + 4 || file.toString('latin1', 0, magic.length) !== magic)
    throw bad(`it does not begin with ${magic}`);
  const headerLength = file.readUInt32LE(magic.length);
  const headerEnd = magic.length + 4 + headerLength;
  if (headerLength > headerLimit || headerEnd > file.length) throw bad(`its header has ${headerLength} bytes`);
  let header: z.output<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(file.toString('utf8', magic.length + 4, headerEnd)));
  } catch (error) {
    throw bad('its header cannot be read', error);
  }
  const width = header.dim === 0 ? header.labels.length : header.dim;
  const sizes = [header.kept * 4, header.kept * 4, header.labels.length * 4, header.labels.length * header.dim * 4];
  const expected = sizes.reduce((sum, n) => sum + n, 0) + header.kept * width;
  const numbers = file.subarray(align(headerEnd));
  if (numbers.length !== expected) throw bad(`${numbers.length} bytes of numbers, expected ${expected}`);
  if (createHash('sha256').update(numbers).digest('hex') !== header.sha256)
    throw bad('its numbers do not have the SHA-256 that its header tells');
  let at = 0;
  const take = (size: number): ArrayBuffer => {
    const part = numbers.buffer.slice(numbers.byteOffset + at, numbers.byteOffset + at + size) as ArrayBuffer;
    at += size;
    return part;
  };
  const kept = new Uint32Array(take(sizes[0]!));
  const weights: ClassifierWeights = {
    labels: header.labels,
    features: header.features,
    dim: header.dim,
    loss: header.loss,
    kept,
    scales: new Float32Array(take(sizes[1]!)),
    bias: new Float32Array(take(sizes[2]!)),
    output: new Float32Array(take(sizes[3]!)),
    rows: new Int8Array(take(header.kept * width)),
  };
  for (let i = 0; i < kept.length; i++)
    if (kept[i]! >= header.features.buckets || (i > 0 && kept[i]! <= kept[i - 1]!))
      throw bad('its feature numbers are not ascending, or too large');
  return {
    model: createClassifier(weights),
    thresholds: header.thresholds,
    metrics: header.metrics ?? undefined,
    training: header.training,
    sha256: createHash('sha256').update(file).digest('hex'),
  };
}

const align = (n: number): number => (n + 7) & ~7;

function bytesOf(array: Uint32Array | Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
