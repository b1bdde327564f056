/**
 * Mixtures: which dataset each sequence of a training run comes from. Shares follow weights (by default sizes) raised to
 * 1/temperature (Conneau et al. 2020, §3.1; mT5), may change over the run (curricula; annealing on the best data at the
 * end: Llama 3, Dubey et al. 2024, §3.4.3), and end for a dataset that has been seen `max_epochs` times (Muennighoff et
 * al. 2023: after about four passes repeated data is worth little).
 *
 * Nothing is drawn at random: each sequence comes from the dataset that is furthest behind its share (as stride
 * scheduling, Waldspurger 1995), so that at every moment each one is within a sequence of what was asked, and the plan
 * is a function of its settings alone. Memory: a byte a sequence.
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';

const weight = z.number().min(0);
const point = z.strictObject({
  at: z.number().min(0).max(1).describe('Share of the run that is over, 0 to 1.'),
  weight: weight.describe('The weight there; between two points it changes linearly.'),
});

const partSchema = z.strictObject({
  dataset: z.string().min(1).describe('Name of the dataset.'),
  weight: z
    .union([
      weight,
      z
        .array(point)
        .min(2)
        .refine((points) => points.every(({ at }, i) => i === 0 || at >= points[i - 1]!.at), 'points must be in order'),
    ])
    .optional()
    .describe(
      'Share of the sequences, relative to the other weights, or points `{at, weight}` over the run (two points at one place: a jump). Default: its number of sequences.',
    ),
  max_epochs: z
    .number()
    .positive()
    .optional()
    .describe('Passes over this dataset, at most; after them the others share its part.'),
});

export const mixtureSchema = z.strictObject({
  mixture: z
    .array(partSchema)
    .min(1)
    .max(255)
    .refine((parts) => new Set(parts.map(({ dataset }) => dataset)).size === parts.length, 'each dataset only once')
    .describe('The datasets and their weights.'),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe('Shares ∝ weight^(1/temperature): 1 as the weights say, 3.3 as XLM-R, very large: equal.'),
});

export type MixtureConfig = z.output<typeof mixtureSchema>;

/** A dataset by name, or several by weight: the field `dataset` of training stages. */
export const datasetOrMixtureSchema = z.union([z.string().min(1), mixtureSchema]);
export type DatasetOrMixture = z.output<typeof datasetOrMixtureSchema>;

/** The settings of a mixture; one dataset is a mixture of one. */
export function mixtureOf(dataset: DatasetOrMixture): MixtureConfig {
  return typeof dataset === 'string' ? { mixture: [{ dataset }], temperature: 1 } : dataset;
}

/** True when some weight changes over the run, so that the plan depends on its length. */
export const isScheduled = ({ mixture }: MixtureConfig): boolean =>
  mixture.some(({ weight }) => Array.isArray(weight) && weight.some((point) => point.weight !== weight[0]!.weight));

/** Counts of the parts are kept for every so many rows. */
const BLOCK = 1024;

/** Which dataset each row (sequence) of a run comes from. */
export class MixturePlan {
  readonly config: MixtureConfig;
  /** Rows that there are at all: Infinity, or where `max_epochs` of every dataset is reached. */
  readonly rows: number;
  private readonly sequences: readonly number[];
  private readonly caps: readonly number[];
  /** Rows of the whole run, which `at` is a share of; NaN where no weight changes. */
  private readonly length: number;
  /** The part of each row planned so far. */
  private owners = new Uint8Array(BLOCK);
  private planned = 0;
  /** Rows of each part before every BLOCK-th row. */
  private readonly before: number[][] = [];
  private readonly counts: number[];
  /** By how many rows each part is behind its share. */
  private readonly behind: number[];

  /**
   * @param sequences of each dataset of the mixture, in its order
   * @param wanted rows that the run will read; Infinity where only time ends it
   * @throws AthanorError('bad-input') for weights that change over a run of unknown length, or leave nothing to train on
   */
  constructor(config: MixtureConfig, sequences: readonly number[], wanted: number) {
    const { mixture } = config;
    this.config = config;
    this.sequences = sequences;
    this.caps = mixture.map(({ max_epochs }, i) =>
      max_epochs === undefined ? Number.POSITIVE_INFINITY : Math.ceil(max_epochs * sequences[i]!),
    );
    this.counts = mixture.map(() => 0);
    this.behind = mixture.map(() => 0);
    this.rows = mixture.reduce((sum, part, i) => sum + (highest(part.weight) > 0 ? this.caps[i]! : 0), 0);
    if (this.rows === 0)
      throw new AthanorError('bad-input', 'mixture: every weight is 0, so there is no dataset to train on', {
        hint: 'Give a dataset a weight above 0.',
      });
    const length = Math.min(wanted, this.rows);
    if (isScheduled(config) && !Number.isFinite(length))
      throw new AthanorError('bad-input', 'mixture: weights change over the run, but nothing says how long it is', {
        hint: 'Set max_steps or epochs: a limit of time alone is not known in steps.',
      });
    this.length = isScheduled(config) ? length : Number.NaN;
    this.extend(Number.isFinite(length) ? length : 1);
  }

  /** Where row i comes from: the number of the dataset, and which of its rows it is (from 0, over its epochs). */
  row(i: number): { readonly part: number; readonly index: number } {
    if (i >= this.planned) this.extend(i + 1);
    const part = this.owners[i]!;
    return { part, index: this.countsBefore(i)[part]! };
  }

  /** Rows of each part among the first `rows`. */
  countsBefore(rows: number): readonly number[] {
    if (rows > this.planned) this.extend(rows);
    const block = Math.min(Math.floor(rows / BLOCK), this.before.length - 1);
    const counts = [...this.before[block]!];
    for (let i = block * BLOCK; i < rows; i++) counts[this.owners[i]!]!++;
    return counts;
  }

  private extend(rows: number): void {
    if (rows > this.owners.length) {
      const grown = new Uint8Array(Math.max(rows, this.owners.length * 2));
      grown.set(this.owners);
      this.owners = grown;
    }
    let shares = this.sharesAt(this.planned);
    for (let i = this.planned; i < rows; i++) {
      if (i % BLOCK === 0) this.before.push([...this.counts]);
      if (!Number.isNaN(this.length)) shares = this.sharesAt(i);
      const part = this.furthestBehind(shares);
      this.owners[i] = part;
      this.planned = i + 1;
      if (++this.counts[part]! >= this.caps[part]!) shares = this.sharesAt(i + 1);
    }
  }

  private furthestBehind(shares: readonly number[]): number {
    let best = -1;
    for (let part = 0; part < shares.length; part++) {
      if (shares[part] === 0) continue;
      this.behind[part]! += shares[part]!;
      if (best < 0 || this.behind[part]! > this.behind[best]!) best = part;
    }
    this.behind[best]!--;
    return best;
  }

  /** Shares of the datasets at a row; one that is used up has none. @throws AthanorError('bad-input') when nothing is left */
  private sharesAt(row: number): number[] {
    const { mixture, temperature } = this.config;
    const progress = Number.isNaN(this.length) ? 0 : (row + 0.5) / this.length;
    const powers = mixture.map(({ weight }, part) =>
      this.counts[part]! < this.caps[part]!
        ? weightAt(weight ?? this.sequences[part]!, progress) ** (1 / temperature)
        : 0,
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    if (sum > 0 || row >= this.rows) return powers.map((power) => power / sum);
    const left = mixture.filter((_, part) => this.counts[part]! < this.caps[part]!).map(({ dataset }) => dataset);
    throw new AthanorError('bad-input', `mixture: after ${row} sequences no dataset with a weight is left`, {
      hint: `Raise max_epochs, shorten the run, or give ${left.join(', ')} a weight there.`,
    });
  }
}

type Weight = MixtureConfig['mixture'][number]['weight'];

function weightAt(weight: NonNullable<Weight>, progress: number): number {
  if (typeof weight === 'number') return weight;
  const next = weight.findIndex(({ at }) => at > progress);
  if (next === 0) return weight[0]!.weight;
  const from = weight.at(next < 0 ? -1 : next - 1)!;
  const to = weight[next] ?? from;
  return to === from
    ? from.weight
    : from.weight + ((to.weight - from.weight) * (progress - from.at)) / (to.at - from.at);
}

/** The highest that a weight gets; undefined (its size) is above 0. */
const highest = (weight: Weight): number =>
  weight === undefined ? 1 : typeof weight === 'number' ? weight : Math.max(...weight.map((point) => point.weight));
