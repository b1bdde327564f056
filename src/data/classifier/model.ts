/**
 * The linear classifier as it predicts: sum the rows of the text's features, scale, multiply by the output matrix,
 * softmax (or one sigmoid a label). With `dim: 0` the rows hold the labels' weights themselves and there is no output
 * matrix: logistic regression. Rows are 8-bit integers with a scale each. Knows nothing of files or training.
 */
import { type FeatureSettings, featureExtractor } from './features.ts';

export type Loss = 'softmax' | 'one-vs-all';

export interface ClassifierWeights {
  readonly labels: readonly string[];
  readonly features: FeatureSettings;
  /** Width of the hidden layer; 0: none. */
  readonly dim: number;
  readonly loss: Loss;
  /** The feature numbers that have a row, ascending. */
  readonly kept: Uint32Array;
  /** [kept, width] */
  readonly rows: Int8Array;
  /** A row's integers times its scale are its weights. */
  readonly scales: Float32Array;
  /** [labels, dim]; empty for `dim: 0`. */
  readonly output: Float32Array;
  readonly bias: Float32Array;
}

export interface Classifier extends ClassifierWeights {
  /** The probability of each label, in their order. Valid until the next call. */
  predict(text: string): Float32Array;
}

/** How much the sum of n rows counts: their mean before a hidden layer, as unit-length features without one. */
export const inputScale = (dim: number, n: number): number => (dim === 0 ? 1 / Math.sqrt(n) : 1 / n);

export function createClassifier(weights: ClassifierWeights): Classifier {
  const { labels, dim, loss, kept, rows, scales, output, bias } = weights;
  const width = dim === 0 ? labels.length : dim;
  const extractor = featureExtractor(weights.features);
  const rowOf = new Int32Array(weights.features.buckets).fill(-1);
  for (let i = 0; i < kept.length; i++) rowOf[kept[i]!] = i;
  const hidden = new Float32Array(width);
  const scores = new Float32Array(labels.length);
  return {
    ...weights,
    predict(text) {
      hidden.fill(0);
      let used = 0;
      for (const id of extractor.extract(text)) {
        const row = rowOf[id]!;
        if (row < 0) continue;
        used++;
        const scale = scales[row]!;
        for (let j = 0, at = row * width; j < width; j++, at++) hidden[j]! += scale * rows[at]!;
      }
      const scale = used === 0 ? 0 : inputScale(dim, used);
      for (let j = 0; j < width; j++) hidden[j]! *= scale;
      scoreLabels(hidden, dim, output, bias, scores);
      return toProbabilities(scores, loss);
    },
  };
}

/** scores = output · hidden + bias */
export function scoreLabels(
  hidden: Float32Array,
  dim: number,
  output: Float32Array,
  bias: Float32Array,
  scores: Float32Array,
): void {
  for (let label = 0; label < scores.length; label++) {
    let sum = bias[label]!;
    if (dim === 0) sum += hidden[label]!;
    else for (let j = 0, at = label * dim; j < dim; j++, at++) sum += output[at]! * hidden[j]!;
    scores[label] = sum;
  }
}

/** In place. */
export function toProbabilities(scores: Float32Array, loss: Loss): Float32Array {
  if (loss === 'one-vs-all') {
    for (let i = 0; i < scores.length; i++) scores[i] = 1 / (1 + Math.exp(-scores[i]!));
    return scores;
  }
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) highest = Math.max(highest, score);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - highest);
    sum += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
  return scores;
}

/** The number of the greatest probability; of equal ones the first. */
export function best(probabilities: Float32Array): number {
  let winner = 0;
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[winner]!) winner = i;
  return winner;
}
