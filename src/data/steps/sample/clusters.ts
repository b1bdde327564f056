/**
 * Mini-batch k-means (Sculley 2010) over sparse vectors of length 1, seeded by k-means++ (Arthur & Vassilvitskii 2007).
 * Centroids lie feature by feature, so that one feature of a document meets all of them in a row.
 */
import { Rng } from '../../../core/index.ts';

/** Feature numbers, and their values; the values' squares sum to 1. */
export interface SparseVector {
  readonly features: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface Assigned {
  readonly cluster: number;
  /** Squared distance to the centroid, 0 to 4. */
  readonly distance: number;
}

export class Clusters {
  readonly k: number;
  /** [feature, cluster]; the centroid is this times the cluster's scale. */
  readonly #sums: Float32Array;
  readonly #scales: Float64Array;
  readonly #norms: Float64Array;
  readonly #counts: Float64Array;
  readonly #dots: Float64Array;

  constructor(k: number, dimensions: number) {
    this.k = k;
    this.#sums = new Float32Array(dimensions * k);
    this.#scales = new Float64Array(k).fill(1);
    this.#norms = new Float64Array(k);
    this.#counts = new Float64Array(k);
    this.#dots = new Float64Array(k);
  }

  /** Sets a centroid to a vector. */
  place(cluster: number, { features, values }: SparseVector): void {
    for (let i = 0; i < features.length; i++) this.#sums[features[i]! * this.k + cluster] = values[i]!;
    this.#norms[cluster] = 1;
    this.#counts[cluster] = 1;
  }

  assign(vector: SparseVector, used = this.k): Assigned {
    const { features, values } = vector;
    const dots = this.#dots;
    const { k } = this;
    dots.fill(0);
    for (let i = 0; i < features.length; i++) {
      const value = values[i]!;
      for (let j = 0, at = features[i]! * k; j < used; j++, at++) dots[j]! += value * this.#sums[at]!;
    }
    let cluster = 0;
    let distance = Number.POSITIVE_INFINITY;
    for (let j = 0; j < used; j++) {
      const d = 1 + this.#norms[j]! - 2 * dots[j]! * this.#scales[j]!;
      if (d < distance) [cluster, distance] = [j, d];
    }
    return { cluster, distance: Math.max(0, distance) };
  }

  /** Moves the nearest centroid towards the vector, the less the more vectors it has had. */
  learn(vector: SparseVector): void {
    const { cluster } = this.assign(vector);
    const rate = 1 / ++this.#counts[cluster]!;
    const dot = this.#dots[cluster]! * this.#scales[cluster]!;
    this.#norms[cluster] = (1 - rate) ** 2 * this.#norms[cluster]! + 2 * rate * (1 - rate) * dot + rate ** 2;
    this.#scales[cluster]! *= 1 - rate;
    const step = rate / this.#scales[cluster]!;
    const { features, values } = vector;
    for (let i = 0; i < features.length; i++) this.#sums[features[i]! * this.k + cluster]! += step * values[i]!;
  }
}

/** Clusters of a sample: k-means++ over it, then `epochs` passes in seeded orders. */
export function trainClusters(
  sample: readonly SparseVector[],
  { k, dimensions, epochs, seed }: { k: number; dimensions: number; epochs: number; seed: number },
): Clusters {
  const clusters = new Clusters(Math.min(k, sample.length), dimensions);
  const rng = new Rng(seed, 0xc105);
  // Distances to the nearest centroid so far.
  const nearest = new Float64Array(sample.length).fill(4);
  for (let placed = 0; placed < clusters.k; placed++) {
    let sum = 0;
    for (const d of nearest) sum += d;
    let target = rng.uniform() * sum;
    let chosen = 0;
    while (chosen < sample.length - 1 && target >= nearest[chosen]!) target -= nearest[chosen++]!;
    clusters.place(placed, sample[chosen]!);
    for (const [i, vector] of sample.entries())
      nearest[i] =
        placed === 0 ? distanceOf(vector, sample[chosen]!) : Math.min(nearest[i]!, distanceOf(vector, sample[chosen]!));
  }
  const order = Uint32Array.from(sample.keys());
  for (let epoch = 0; epoch < epochs; epoch++) for (const i of rng.shuffle(order)) clusters.learn(sample[i]!);
  return clusters;
}

/** Squared distance of two vectors of length 1; features ascend. */
function distanceOf(a: SparseVector, b: SparseVector): number {
  let dot = 0;
  for (let i = 0, j = 0; i < a.features.length && j < b.features.length; ) {
    if (a.features[i] === b.features[j]) dot += a.values[i++]! * b.values[j++]!;
    else if (a.features[i]! < b.features[j]!) i++;
    else j++;
  }
  return Math.max(0, 2 - 2 * dot);
}
