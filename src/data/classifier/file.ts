/**
 * The classifier's file, framed by `model-file.ts`. The body is numbers, little-endian: feature numbers (uint32,
 * ascending), row scales (float32), bias and output matrix (float32), rows (int8). The header tells everything about the
 * training.
 */
import { z } from 'zod';
import { writeFileAtomic } from '../../core/node.ts';
import { joinArrays, modelFileCodec, partTaker } from '../model-file.ts';
import { featureSettings } from './features.ts';
import type { Metrics } from './metrics.ts';
import { type Classifier, createClassifier } from './model.ts';
import type { TrainSettings } from './settings.ts';
import type { Trained } from './train.ts';

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

const codec = modelFileCodec({
  magic: 'ATHNCLS1',
  what: 'a classifier',
  command: 'athanor data train-classifier',
  fields: {
    labels: z.array(z.string().min(1)).min(2).max(10_000),
    // Files from before this setting counted repeats.
    features: featureSettings.extend({ repeats: z.boolean().default(true) }),
    dim: z.int().min(0).max(512),
    loss: z.enum(['softmax', 'one-vs-all']),
    kept: z
      .int()
      .min(0)
      .max(2 ** 24),
    thresholds: z.record(z.string(), z.number()).default({}),
    metrics: metricsSchema.nullable().default(null),
    training: z.record(z.string(), z.unknown()).default({}),
  },
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
  const { labels, features, dim, loss, kept, scales, bias, output, rows } = trained.weights;
  const header = {
    labels: [...labels],
    features,
    dim,
    loss,
    kept: kept.length,
    thresholds: { ...trained.thresholds },
    metrics: (trained.metrics as z.input<typeof metricsSchema> | undefined) ?? null,
    training: { ...record, examples: trained.examples, held_out: trained.heldOut, epoch: trained.epoch },
  };
  return codec.encode(header, joinArrays([kept, scales, bias, output, rows]));
}

/** @throws AthanorError('io') */
export function saveClassifier(path: string, trained: Trained, record: TrainingRecord): void {
  writeFileAtomic(path, encodeClassifier(trained, record));
}

/** @throws AthanorError('not-found' | 'io' | 'bad-file') */
export function loadClassifier(path: string): ClassifierFile {
  return decodeClassifier(codec.read(path), path);
}

/** @param path for messages only */
export function decodeClassifier(bytes: Uint8Array, path: string): ClassifierFile {
  const { header, body, sha256 } = codec.decode(bytes, path);
  const { labels, features, dim, loss } = header;
  const width = dim === 0 ? labels.length : dim;
  const expected = header.kept * (8 + width) + labels.length * (4 + 4 * dim);
  if (body.length !== expected) throw codec.bad(path, `${body.length} bytes of numbers, expected ${expected}`);
  const take = partTaker(body);
  const kept = new Uint32Array(take(header.kept * 4));
  for (let i = 0; i < kept.length; i++)
    if (kept[i]! >= features.buckets || (i > 0 && kept[i]! <= kept[i - 1]!))
      throw codec.bad(path, 'its feature numbers are not ascending, or too large');
  const model = createClassifier({
    labels,
    features,
    dim,
    loss,
    kept,
    scales: new Float32Array(take(header.kept * 4)),
    bias: new Float32Array(take(labels.length * 4)),
    output: new Float32Array(take(labels.length * dim * 4)),
    rows: new Int8Array(take(header.kept * width)),
  });
  const { thresholds, metrics, training } = header;
  return { model, thresholds, metrics: metrics ?? undefined, training, sha256 };
}
