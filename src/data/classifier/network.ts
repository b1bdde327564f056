/** The classifier's weights while they are trained: 32-bit floats, one row a hash bucket. */
import { AthanorError } from '../../core/index.ts';
import type { FeatureSettings } from './features.ts';
import { type ClassifierWeights, inputScale, type Loss, scoreLabels, toProbabilities } from './model.ts';
import type { TrainSettings } from './settings.ts';

/** What the weights may take, the best epoch's copy of them included. */
const weightLimit = 4 * 2 ** 30;

export class Network {
  /** How many features are in use. */
  features = 0;
  readonly #settings: TrainSettings;
  readonly #width: number;
  readonly #rows: Float32Array;
  readonly #output: Float32Array;
  readonly #bias: Float32Array;
  #inUse: Uint8Array = new Uint8Array(0);
  readonly #hidden: Float32Array;
  readonly #gradient: Float32Array;
  readonly #scores: Float32Array;
  #best: readonly Float32Array[] = [];

  /** @throws AthanorError('bad-input') when the weights would take more than 4 GiB */
  constructor(labels: number, settings: TrainSettings) {
    const { dim, seed, features, held_out } = settings;
    this.#settings = settings;
    this.#width = dim === 0 ? labels : dim;
    const bytes = features.buckets * this.#width * 4 * (held_out > 0 ? 2 : 1);
    if (bytes > weightLimit)
      throw new AthanorError(
        'bad-input',
        `${features.buckets} buckets × ${this.#width} ${dim === 0 ? 'labels' : 'dimensions'} need ${Math.ceil(bytes / 2 ** 20)} MiB of memory, at most ${weightLimit / 2 ** 20} are allowed`,
        {
          place: 'features.buckets',
          hint: dim === 0 ? 'Take fewer buckets, or a hidden layer (`dim`).' : 'Take fewer buckets or a smaller `dim`.',
          values: { buckets: features.buckets, width: this.#width, bytes },
        },
      );
    this.#rows = new Float32Array(features.buckets * this.#width);
    this.#output = new Float32Array(labels * dim);
    this.#bias = new Float32Array(labels);
    this.#hidden = new Float32Array(this.#width);
    this.#gradient = new Float32Array(this.#width);
    this.#scores = new Float32Array(labels);
    if (dim > 0) randomRows(this.#rows, dim, seed);
  }

  /** @param inUse 1 for the features that have a row, else 0 */
  useFeatures(inUse: Uint8Array): void {
    this.#inUse = inUse;
    this.features = inUse.reduce((n, used) => n + used, 0);
  }

  /** One step on one example. @returns its loss before the step */
  learn(ids: Uint32Array, label: number, rate: number): number {
    const scores = this.predict(ids);
    const { loss, dim, l2 } = this.#settings;
    const cost = lossOf(scores, label, loss);
    const gradient = this.#gradient;
    gradient.fill(0);
    for (let i = 0; i < scores.length; i++) {
      const step = rate * ((i === label ? 1 : 0) - scores[i]!);
      this.#bias[i]! += step;
      if (dim === 0) gradient[i] = step;
      else
        for (let j = 0, at = i * dim; j < dim; j++, at++) {
          gradient[j]! += step * this.#output[at]!;
          this.#output[at]! += step * this.#hidden[j]!;
        }
    }
    const used = this.#used(ids);
    if (used === 0) return cost;
    const scale = inputScale(dim, used);
    const width = this.#width;
    const rows = this.#rows;
    for (let j = 0; j < width; j++) gradient[j]! *= scale;
    const shrink = 1 - rate * l2;
    for (const id of ids) {
      if (this.#inUse[id] === 0) continue;
      if (l2 > 0) for (let j = 0, at = id * width; j < width; j++, at++) rows[at] = rows[at]! * shrink + gradient[j]!;
      else for (let j = 0, at = id * width; j < width; j++, at++) rows[at]! += gradient[j]!;
    }
    return cost;
  }

  /** The labels' probabilities; valid until the next call. */
  predict(ids: Uint32Array): Float32Array {
    const { dim, loss } = this.#settings;
    const width = this.#width;
    const hidden = this.#hidden;
    const rows = this.#rows;
    hidden.fill(0);
    let used = 0;
    for (const id of ids) {
      if (this.#inUse[id] === 0) continue;
      used++;
      for (let j = 0, at = id * width; j < width; j++, at++) hidden[j]! += rows[at]!;
    }
    const scale = used === 0 ? 0 : inputScale(dim, used);
    for (let j = 0; j < width; j++) hidden[j]! *= scale;
    scoreLabels(hidden, dim, this.#output, this.#bias, this.#scores);
    return toProbabilities(this.#scores, loss);
  }

  #used(ids: Uint32Array): number {
    let used = 0;
    for (const id of ids) if (this.#inUse[id] !== 0) used++;
    return used;
  }

  /** Keeps a copy of the weights, to come back to. */
  remember(): void {
    const now = [this.#rows, this.#output, this.#bias];
    if (this.#best.length === 0) this.#best = now.map((array) => array.slice());
    else for (const [i, array] of now.entries()) this.#best[i]!.set(array);
  }

  recall(): void {
    for (const [i, array] of [this.#rows, this.#output, this.#bias].entries()) array.set(this.#best[i]!);
  }

  /** Leaves only the n features with the longest weight vectors; of equal ones the first. */
  keepLongest(n: number): void {
    const width = this.#width;
    const lengths = new Float64Array(this.#inUse.length);
    const ids: number[] = [];
    for (let id = 0; id < lengths.length; id++) {
      if (this.#inUse[id] === 0) continue;
      ids.push(id);
      for (let at = id * width; at < (id + 1) * width; at++) lengths[id]! += this.#rows[at]! ** 2;
    }
    ids.sort((a, b) => lengths[b]! - lengths[a]! || a - b);
    const kept = new Uint8Array(this.#inUse.length);
    for (const id of ids.slice(0, n)) kept[id] = 1;
    this.useFeatures(kept);
  }

  /** The weights with rows of 8 bits. Rows that would be all zero are left out. */
  quantized(labels: readonly string[], features: FeatureSettings): ClassifierWeights {
    const width = this.#width;
    const { dim, loss } = this.#settings;
    const ids: number[] = [];
    for (let id = 0; id < this.#inUse.length; id++)
      if (this.#inUse[id] !== 0 && largest(this.#rows, id * width, width) > 0) ids.push(id);
    const kept = Uint32Array.from(ids);
    const rows = new Int8Array(kept.length * width);
    const scales = new Float32Array(kept.length);
    for (const [row, id] of kept.entries()) {
      const scale = Math.fround(largest(this.#rows, id * width, width) / 127);
      scales[row] = scale;
      for (let j = 0; j < width; j++)
        rows[row * width + j] = Math.max(-127, Math.min(127, Math.round(this.#rows[id * width + j]! / scale)));
    }
    return { labels, features, dim, loss, kept, rows, scales, output: this.#output.slice(), bias: this.#bias.slice() };
  }

  /** Takes over stored weights, so that what is measured is what is stored. */
  load({ kept, rows, scales }: ClassifierWeights): void {
    const width = this.#width;
    const inUse = new Uint8Array(this.#inUse.length);
    for (const [row, id] of kept.entries()) {
      inUse[id] = 1;
      for (let j = 0; j < width; j++) this.#rows[id * width + j] = rows[row * width + j]! * scales[row]!;
    }
    this.useFeatures(inUse);
  }
}

/** Cross-entropy of predicted probabilities; for one-vs-all the sum over the labels' own questions. */
export function lossOf(probabilities: Float32Array, label: number, loss: Loss): number {
  let cost = -Math.log(Math.max(probabilities[label]!, 1e-7));
  if (loss === 'one-vs-all')
    for (const [i, p] of probabilities.entries()) if (i !== label) cost -= Math.log(Math.max(1 - p, 1e-7));
  return cost;
}

function largest(array: Float32Array, start: number, length: number): number {
  let found = 0;
  for (let i = start; i < start + length; i++) found = Math.max(found, Math.abs(array[i]!));
  return found;
}

/** Uniform in ±1/dim, as fastText begins; a counter-based generator, for the rows may be many millions of numbers. */
function randomRows(rows: Float32Array, dim: number, seed: number): void {
  const key = Math.imul(seed + 1, 0x9e3779b1);
  for (let i = 0; i < rows.length; i++) {
    let h = Math.imul(i ^ key, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    rows[i] = ((h >>> 0) / 2 ** 31 - 1) / dim;
  }
}
