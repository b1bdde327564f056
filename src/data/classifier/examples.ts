/** Labelled texts as numbers: labels in order, features in a store, and which examples are held out. */
import { AthanorError } from '../../core/index.ts';
import { hashFraction } from '../hash-order.ts';
import type { FeatureStore } from './feature-store.ts';
import { featureExtractor } from './features.ts';
import type { TrainSettings } from './settings.ts';

export interface Example {
  readonly text: string;
  readonly label: string;
}

export interface ExampleSet {
  readonly labels: readonly string[];
  /** Label number of every example. */
  readonly truth: readonly number[];
  /** Example numbers. */
  readonly training: Uint32Array;
  readonly held: Uint32Array;
}

/** @throws AthanorError('bad-input') when there is nothing to learn */
export async function readExamples(
  examples: AsyncIterable<Example> | Iterable<Example>,
  { features, held_out, seed }: TrainSettings,
  store: FeatureStore,
  signal: AbortSignal | undefined,
): Promise<ExampleSet> {
  const extractor = featureExtractor(features);
  const names = new Map<string, number>();
  const truth: number[] = [];
  const training: number[] = [];
  const held: number[] = [];
  for await (const { text, label } of examples) {
    signal?.throwIfAborted();
    const number = names.get(label) ?? names.size;
    names.set(label, number);
    // Equal texts fall on the same side. The key differs from that of the split `by-hash`: else nothing, or everything,
    // of one side of such a split would be held out.
    (held_out > 0 && hashFraction(seed, `classifier\0${text}`) < held_out ? held : training).push(truth.length);
    truth.push(number);
    store.add(extractor.extract(text));
  }
  // The labels' order does not depend on the examples' order.
  const labels = [...names.keys()].sort();
  if (labels.length < 2 || training.length === 0)
    throw new AthanorError(
      'bad-input',
      `a classifier needs examples of two labels or more, found ${describeLabels(labels)}`,
      {
        hint: 'Check the input and --label-field.',
        values: { labels, examples: truth.length },
      },
    );
  const sorted = new Map(labels.map((label, i) => [names.get(label)!, i]));
  return {
    labels,
    truth: truth.map((number) => sorted.get(number)!),
    training: Uint32Array.from(training),
    held: Uint32Array.from(held),
  };
}

const describeLabels = (labels: readonly string[]): string =>
  labels.length === 0 ? 'none' : `only '${labels.join("', '")}'`;
