/** Histograms with fixed bins, so that those of two versions can be compared bin by bin. */
import { z } from 'zod';

export const histogramSchema = z.strictObject({
  /** Lower edges of the bins; the last one has no upper edge. The first holds everything below the second edge. */
  edges: z.array(z.number()),
  counts: z.array(z.int()),
  count: z.int(),
  sum: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type Histogram = z.output<typeof histogramSchema>;

/** 0, 1, 2, 4, … : for lengths. */
export const lengthEdges: readonly number[] = [0, ...Array.from({ length: 30 }, (_, i) => 2 ** i)];
/** Twentieths of 0–1: for scores. */
export const scoreEdges: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);
/** 1, 1.5, 2.25, … : for perplexities. */
export const ratioEdges: readonly number[] = Array.from({ length: 30 }, (_, i) => Number((1.5 ** i).toPrecision(4)));

export class HistogramBuilder {
  readonly #edges: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#counts = edges.map(() => 0);
  }

  add(value: number): void {
    let low = 0;
    let high = this.#edges.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#edges[middle]! <= value) low = middle;
      else high = middle;
    }
    this.#counts[low]!++;
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  finish(): Histogram {
    const some = this.#count > 0;
    return {
      edges: [...this.#edges],
      counts: [...this.#counts],
      count: this.#count,
      sum: this.#sum,
      min: some ? this.#min : null,
      max: some ? this.#max : null,
    };
  }
}

/** The value below which a share of all values lies, interpolated inside its bin; undefined for no values. */
export function quantile({ edges, counts, count, min, max }: Histogram, share: number): number | undefined {
  if (count === 0 || min === null || max === null) return undefined;
  let left = share * count;
  for (const [i, n] of counts.entries()) {
    if (n === 0 || left > n) {
      left -= n;
      continue;
    }
    const from = Math.max(min, edges[i]!);
    const to = Math.min(max, edges[i + 1] ?? max);
    return from + (to - from) * (left / n);
  }
  return max;
}
