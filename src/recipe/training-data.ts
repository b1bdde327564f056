/** The data of a training stage: one dataset or a mixture, tokenized, as the batches that the loop reads. */
import { AthanorError } from '../core/index.ts';
import { hashValue } from '../core/node.ts';
import {
  type DatasetOrMixture,
  isScheduled,
  MixtureBatches,
  type MixtureConfig,
  type MixtureShare,
  mixtureOf,
  openDataset,
  PackedBatches,
  type Tokens,
} from '../data/index.ts';
import type { LoadedTokenizer } from '../tokenizer/node.ts';
import { type BatchSource, stepLimit, type TrainingConfig, type ValidationPart } from '../train/index.ts';
import type { Reference, StageContext } from './define.ts';
import { type Encoding, tokensOf } from './tokens.ts';

export interface TrainingDataRequest {
  readonly dataset: DatasetOrMixture;
  readonly encoding: Encoding;
  readonly sampling: 'epochs' | 'windows';
  readonly tokenizer: LoadedTokenizer;
  readonly sequenceLength: number;
  readonly config: TrainingConfig;
  /** Epochs of a run that nothing else limits. */
  readonly defaultEpochs: number | undefined;
  readonly seed: number;
  readonly stage: string;
}

export interface TrainingData {
  readonly train: BatchSource;
  /** One part for each dataset that has a validation split. */
  readonly validation: readonly ValidationPart[] | undefined;
  /** Tokens of the training splits. */
  readonly tokens: number;
  /** What the first `batches` batches take of each dataset of a mixture; undefined for one dataset. */
  shares(batches: number): MixtureShare[] | undefined;
  dispose(): void;
}

/** The datasets that a training stage reads. */
export function datasetReferences(dataset: DatasetOrMixture): Reference[] {
  if (typeof dataset === 'string') return [{ type: 'dataset', name: dataset, path: ['dataset'] }];
  return dataset.mixture.map((part, i) => ({
    type: 'dataset',
    name: part.dataset,
    path: ['dataset', 'mixture', i, 'dataset'],
  }));
}

/** A dataset of a training stage, as the model's card and lineage name it. */
export interface TrainedOn {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly licence: string | undefined;
}

export const trainedOn = (dataset: DatasetOrMixture, { workspace }: StageContext): TrainedOn[] =>
  mixtureOf(dataset).mixture.map(({ dataset: name }) => {
    const { version, hash, manifest } = openDataset(workspace, name);
    return { name, version, hash, licence: manifest.licence };
  });

/** @throws AthanorError('bad-input') for a dataset without training documents, or a mixture that cannot be made */
export async function openTrainingData(request: TrainingDataRequest, context: StageContext): Promise<TrainingData> {
  const { tokenizer, encoding, stage } = request;
  const mixture = mixtureOf(request.dataset);
  const several = mixture.mixture.length > 1;
  const open: Tokens[] = [];
  const dispose = () => {
    for (const tokens of open.splice(0)) tokens.dispose();
  };
  const ask = async (dataset: string, split: 'train' | 'validation') => {
    const tokens = await tokensOf({ dataset, split, tokenizer, encoding, stage }, context);
    if (tokens) open.push(tokens);
    return tokens;
  };
  try {
    const train: Tokens[] = [];
    const held: { name: string; tokens: Tokens }[] = [];
    for (const { dataset } of mixture.mixture) {
      const tokens = await ask(dataset, 'train');
      if (tokens === undefined)
        throw new AthanorError('bad-input', `dataset '${dataset}' has no training documents`, {
          place: `stage '${stage}'`,
        });
      train.push(tokens);
      const validation = await ask(dataset, 'validation');
      if (validation) held.push({ name: several ? dataset : '', tokens: validation });
    }
    const { batches, source, described } = mixtureSource(mixture, train, request, context);
    const planned = several ? batches.shares(described) : [];
    if (several) announce(planned, { ...request, source, described }, context);
    const validation = held.map(({ name, tokens }) => ({
      name,
      weight: planned.find(({ dataset }) => dataset === name)?.share ?? 1,
      source: validationSource(tokens, request),
    }));
    return {
      train: source,
      validation: validation.length === 0 ? undefined : validation,
      tokens: train.reduce((sum, { length }) => sum + length, 0),
      shares: (count) => (several ? batches.shares(count) : undefined),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** `web 70.0 % (7,000 tokens, 1.20 epochs), wiki 30.0 % (3,000 tokens, 4.00 epochs)`. */
export const describeShares = (shares: readonly MixtureShare[]): string =>
  shares
    .map(({ dataset, tokens, share, epochs }) => {
      const amount = `${tokens.toLocaleString('en-US')} tokens, ${epochs.toFixed(2)} epochs`;
      return `${dataset} ${(100 * share).toFixed(1)} % (${amount})`;
    })
    .join(', ');

function announce(
  planned: readonly MixtureShare[],
  { stage, source, described, config }: TrainingDataRequest & { source: BatchSource; described: number },
  { report }: StageContext,
): void {
  const stepsOf = (batches: number) => Math.floor(batches / config.accumulation).toLocaleString('en-US');
  const text = `${stage}: mixture over ${stepsOf(described)} steps: ${describeShares(planned)}`;
  report({ type: 'message', level: 'info', stage, text });
  const { batches = Number.POSITIVE_INFINITY } = source;
  const { max_steps = 0 } = config;
  if (max_steps * config.accumulation > batches)
    report({
      type: 'message',
      level: 'warn',
      stage,
      text: `${stage}: training ends after ${stepsOf(batches)} of ${max_steps.toLocaleString('en-US')} steps: every dataset has reached its max_epochs`,
    });
}

/** Sequences whose mixture is worked out before training. */
const mostDescribed = 1 << 22;

const packingOf = (encoding: Encoding) => (encoding === 'chat' ? 'whole' : 'stream');

function mixtureSource(
  mixture: MixtureConfig,
  tokens: readonly Tokens[],
  request: TrainingDataRequest,
  { report }: StageContext,
): { batches: MixtureBatches; source: BatchSource; described: number } {
  const { sequenceLength, seed, sampling, encoding, tokenizer, config, defaultEpochs, stage } = request;
  const { batch_size: batchSize, accumulation } = config;
  const packing = packingOf(encoding);
  // A batch may end one pass and begin the next, so that even data smaller than a batch fills one.
  const perEpoch = (sequences: number) => Math.max(1, Math.floor(sequences / batchSize));
  const wanted = (sequences: number) =>
    stepLimit(config, { batchesPerEpoch: perEpoch(sequences) }, defaultEpochs) * accumulation;
  const padId = tokenizer.tokenizer.specialTokens.pad ?? 0;
  const common = { sequenceLength, batchSize, seed, sampling, packing, padId, report, stage } as const;
  const batches = new MixtureBatches({ ...common, config: mixture, tokens, wanted });
  const files = tokens.map(({ info }) => info.files);
  const parts = mixture.mixture.map(({ weight, max_epochs }) => ({ weight, max_epochs }));
  const limit = Math.min(wanted(batches.sequences), batches.batches);
  const identity = { files, parts, temperature: mixture.temperature, ...(isScheduled(mixture) ? { limit } : {}) };
  const epoch = perEpoch(batches.sequences);
  return {
    batches,
    // A run that only time ends is described by its first epoch, an endless one by its beginning.
    described: Math.min(Number.isFinite(limit) ? limit : epoch, Math.ceil(mostDescribed / batchSize)),
    source: {
      batchSize,
      sequenceLength,
      batchesPerEpoch: epoch,
      ...(Number.isFinite(batches.batches) ? { batches: batches.batches } : {}),
      fingerprint: hashValue({ ...identity, packing, sampling, sequenceLength, batchSize, seed }),
      batch: (position) => plain(batches.batch(position)),
    },
  };
}

/** The validation split of one dataset: always the same sequences in the same order. */
function validationSource(tokens: Tokens, request: TrainingDataRequest): BatchSource {
  const { sequenceLength, seed, encoding, tokenizer, config } = request;
  const batchSize = config.batch_size;
  const packing = packingOf(encoding);
  const padId = tokenizer.tokenizer.specialTokens.pad ?? 0;
  const batches = new PackedBatches({ tokens, sequenceLength, batchSize, seed, packing, padId });
  return {
    batchSize,
    sequenceLength,
    batchesPerEpoch: Math.max(1, Math.floor(batches.sequences / batchSize)),
    batch: (position) => plain(batches.batch(position)),
  };
}

const plain = ({ input_ids, labels, segment_ids, positions }: ReturnType<PackedBatches['batch']>) => ({
  input_ids: input_ids.data,
  labels: labels.data,
  segment_ids: segment_ids.data,
  positions: positions.data,
});
