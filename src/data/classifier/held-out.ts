/** What the part of the examples that is not trained on says: how good an epoch is, and each label's threshold. */

import type { ExampleSet } from './examples.ts';
import type { FeatureStore } from './feature-store.ts';
import { type Metrics, measure } from './metrics.ts';
import { best, type Loss } from './model.ts';
import { lossOf, type Network } from './network.ts';

export interface HeldOutScore {
  readonly metrics: Metrics;
  /** Mean over the examples. */
  readonly loss: number;
}

export function judgeHeldOut(set: ExampleSet, store: FeatureStore, network: Network, loss: Loss): HeldOutScore {
  let sum = 0;
  function* pairs(): Generator<[number, number]> {
    for (const index of set.held) {
      const predicted = network.predict(store.get(index));
      sum += lossOf(predicted, set.truth[index]!, loss);
      yield [set.truth[index]!, best(predicted)];
    }
  }
  return { metrics: measure(set.labels, pairs()), loss: sum / set.held.length };
}

/**
 * By macro-F1, which is what users look at; of equal ones by loss. On an easy task the first epoch may get everything
 * right: its weights are small, its probabilities all near a half, and other documents than these are told apart worse.
 */
export const isBetter = (one: HeldOutScore, other: HeldOutScore): boolean =>
  one.metrics.macro_f1 > other.metrics.macro_f1 ||
  (one.metrics.macro_f1 === other.metrics.macro_f1 && one.loss < other.loss);

/** For each label the threshold on its probability with the best F1 on the held-out part; 0.5 where nothing says. */
export function chooseThresholds(set: ExampleSet, store: FeatureStore, network: Network): Record<string, number> {
  const width = set.labels.length;
  const probabilities = new Float32Array(set.held.length * width);
  for (const [i, index] of set.held.entries()) probabilities.set(network.predict(store.get(index)), i * width);
  const thresholds: Record<string, number> = {};
  for (const [label, name] of set.labels.entries()) {
    const score = (i: number) => probabilities[i * width + label]!;
    const hit = (i: number) => set.truth[set.held[i]!] === label;
    const order = Uint32Array.from(set.held.keys()).sort((a, b) => score(b) - score(a));
    const positives = order.reduce((n, i) => n + (hit(i) ? 1 : 0), 0);
    let hits = 0;
    let bestF1 = 0;
    let threshold = 0.5;
    for (const [rank, i] of order.entries()) {
      if (hit(i)) hits++;
      const below = rank + 1 < order.length ? score(order[rank + 1]!) : 0;
      if (score(i) === below) continue;
      const f1 = (2 * hits) / (rank + 1 + positives);
      if (f1 > bestF1) [bestF1, threshold] = [f1, (score(i) + below) / 2];
    }
    thresholds[name] = Math.round(threshold * 1e4) / 1e4;
  }
  return thresholds;
}
