/**
 * The most frequent strings of a stream in bounded memory (lossy counting, Manku and Motwani 2002): where too many
 * different ones come, the rarest are forgotten. A count is too low by `forgotten` at the most; it is exact where that is 0.
 */
export class TopCounts {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();
  /** The largest count that was ever forgotten, summed over all times that something was. */
  forgotten = 0;
  total = 0;

  /** @param limit different strings held */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(value: string, n = 1): void {
    this.total += n;
    const before = this.#counts.get(value);
    this.#counts.set(value, (before ?? 0) + n);
    if (before === undefined && this.#counts.size > this.#limit) this.#forget();
  }

  /** The most frequent, most frequent first; of equally frequent ones the smaller first. */
  top(n: number): [string, number][] {
    return [...this.#counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, n);
  }

  get distinct(): number {
    return this.#counts.size;
  }

  #forget(): void {
    const counts = Float64Array.from(this.#counts.values()).sort();
    const least = counts[counts.length >> 1]!;
    for (const [value, n] of this.#counts) if (n <= least) this.#counts.delete(value);
    this.forgotten += least;
  }
}
