/**
 * Trains the linear classifier: stochastic gradient descent, one example at a time, in a seeded order, the rate falling
 * linearly to zero. Part of the examples is held out (by a hash of the text): it chooses the best epoch, stops the
 * training when nothing gets better, and gives each label its threshold. One thread; the same input, settings and seed
 * give the same bytes.
 * Origin: fastText (Joulin et al. 2016, §2; rates, initialisation and pruning as its code has them: `-cutoff`,
 * `-retrain`); without hidden layer plain multinomial logistic regression over unit-length feature vectors.
 * Memory: the weights (buckets × labels or `dim` × 4 bytes, twice with a held-out part), 256 MiB of features, and about
 * 40 bytes an example.
 */
import { AthanorError } from '../../core/index.ts';
import { type Example, type ExampleSet, readExamples } from './examples.ts';
import { FeatureStore } from './feature-store.ts';
import { chooseThresholds, type HeldOutScore, isBetter, judgeHeldOut } from './held-out.ts';
import type { Metrics } from './metrics.ts';
import type { ClassifierWeights } from './model.ts';
import { Network } from './network.ts';
import type { TrainSettings } from './settings.ts';

export interface TrainProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss over the epoch's training examples. */
  readonly loss: number;
  /** On the held-out part, where there is one. */
  readonly macroF1: number | undefined;
}

export interface Trained {
  readonly weights: ClassifierWeights;
  readonly thresholds: Readonly<Record<string, number>>;
  /** On the held-out part, with the weights as they are stored. */
  readonly metrics: Metrics | undefined;
  readonly examples: number;
  readonly heldOut: number;
  /** The epoch whose weights were kept, from 1. */
  readonly epoch: number;
}

export interface TrainOptions {
  readonly progress?: (progress: TrainProgress) => void;
  readonly signal?: AbortSignal | undefined;
  /** Features beyond this lie in a temporary file. */
  readonly memoryBytes?: number;
}

/** @throws AthanorError('bad-input') when there is nothing to learn */
export async function trainClassifier(
  examples: AsyncIterable<Example> | Iterable<Example>,
  settings: TrainSettings,
  options: TrainOptions = {},
): Promise<Trained> {
  const store = new FeatureStore(options.memoryBytes);
  try {
    const set = await readExamples(examples, settings, store, options.signal);
    return train(set, store, settings, options);
  } finally {
    store.dispose();
  }
}

function train(set: ExampleSet, store: FeatureStore, settings: TrainSettings, options: TrainOptions): Trained {
  const network = new Network(set.labels.length, settings);
  network.useFeatures(countedFeatures(set.training, store, settings));
  const weights = classWeights(set, settings.class_weights);
  const run = (epochs: number, rate: number, offset: number) =>
    runEpochs(set, store, network, { settings, options, epochs, rate, offset, weights });
  let { epoch } = run(settings.epochs, settings.rate, 0);
  if (settings.max_features !== undefined && network.features > settings.max_features) {
    network.keepLongest(settings.max_features);
    const more = Math.max(1, Math.round(settings.epochs / 3));
    ({ epoch } = run(more, settings.rate / 2, settings.epochs));
  }
  const stored = network.quantized(set.labels, settings.features);
  network.load(stored);
  return {
    weights: stored,
    thresholds: chooseThresholds(set, store, network),
    metrics: set.held.length === 0 ? undefined : judgeHeldOut(set, store, network, settings.loss).metrics,
    examples: set.training.length,
    heldOut: set.held.length,
    epoch,
  };
}

interface EpochPlan {
  readonly settings: TrainSettings;
  readonly options: TrainOptions;
  readonly epochs: number;
  readonly rate: number;
  /** Epochs that were run before. */
  readonly offset: number;
  readonly weights: Float64Array;
}

/** Trains for some epochs and leaves the network with the best one's weights. */
function runEpochs(set: ExampleSet, store: FeatureStore, network: Network, plan: EpochPlan): { epoch: number } {
  const { settings, options, epochs, offset, weights } = plan;
  const total = epochs * set.training.length;
  let best: HeldOutScore | undefined;
  let bestEpoch = epochs;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let loss = 0;
    for (const index of shuffled(set.training, settings.seed, epoch + offset)) {
      const rate = plan.rate * (1 - step++ / total);
      const label = set.truth[index]!;
      loss += network.learn(store.get(index), label, rate * weights[label]!);
      if ((step & 0xfff) === 0) options.signal?.throwIfAborted();
    }
    if (!Number.isFinite(loss))
      throw new AthanorError('bad-input', `the training diverged in epoch ${epoch}: its loss is no number`, {
        place: 'rate',
        hint: 'Take a lower `rate`, lower `class_weights`, or a lower `l2`.',
        values: { rate: settings.rate, epoch },
      });
    const score = set.held.length === 0 ? undefined : judgeHeldOut(set, store, network, settings.loss);
    options.progress?.({
      epoch: epoch + offset,
      epochs: epochs + offset,
      loss: loss / set.training.length,
      macroF1: score?.metrics.macro_f1,
    });
    if (score === undefined) continue;
    if (best === undefined || isBetter(score, best)) {
      best = score;
      bestEpoch = epoch;
      network.remember();
    } else if (epoch - bestEpoch >= settings.patience) break;
  }
  if (set.held.length > 0) network.recall();
  return { epoch: bestEpoch + offset };
}

/** Which features enough training examples have. */
function countedFeatures(training: Uint32Array, store: FeatureStore, { features, min_examples }: TrainSettings) {
  const counts = new Uint32Array(features.buckets);
  const seenIn = new Uint32Array(features.buckets);
  for (const [i, index] of training.entries())
    for (const id of store.get(index)) {
      if (seenIn[id] === i + 1) continue;
      seenIn[id] = i + 1;
      counts[id]!++;
    }
  return Uint8Array.from(counts, (count) => (count >= min_examples ? 1 : 0));
}

function classWeights({ labels, truth, training }: ExampleSet, how: TrainSettings['class_weights']): Float64Array {
  const weights = new Float64Array(labels.length).fill(1);
  if (how === 'none') return weights;
  if (how === 'balanced') {
    const counts = new Float64Array(labels.length);
    for (const index of training) counts[truth[index]!]!++;
    return weights.map((_, i) => training.length / (labels.length * Math.max(1, counts[i]!)));
  }
  for (const [label, weight] of Object.entries(how)) {
    const number = labels.indexOf(label);
    if (number < 0)
      throw new AthanorError('bad-input', `class_weights names '${label}', which no example has`, {
        hint: `Labels: ${labels.join(', ')}.`,
      });
    weights[number] = weight;
  }
  return weights;
}

/** A seeded order, by a small generator: it is drawn for millions of examples. */
function shuffled(items: Uint32Array, seed: number, epoch: number): Uint32Array {
  const order = items.slice();
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch, 0x85ebca6b)) | 1;
  for (let i = order.length - 1; i > 0; i--) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = Math.floor(((state >>> 0) / 2 ** 32) * (i + 1));
    const item = order[i]!;
    order[i] = order[j]!;
    order[j] = item;
  }
  return order;
}
