/**
 * Mixtures: which dataset each sequence of a training run comes from. Shares follow weights (by default sizes) raised to
 * 1/temperature (Conneau et al. 2020, §3.1; mT5), may change over the run (curricula; annealing on the best data at the
 * end: Llama 3, Dubey et al. 2024, §3.4.3), and end for a dataset that has been seen `max_epochs` times (Muennighoff et
 * al. 2023: after about four passes repeated data is worth little).
 *
 * Nothing is drawn at random: each sequence comes from the dataset that is furthest behind its share (as stride
 * scheduling, Waldspurger 1995), so that at every moment each one is within a sequence of what was asked, and the plan
 * is a function of its settings alone.
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

/** The plan's state is kept at every so many rows, and the rows between are planned again when they are asked for. */
const BLOCK = 1024;

interface State {
  /** Rows that each dataset has given. */
  readonly counts: number[];
  /** By how many rows each dataset is behind its share. */
  readonly behind: number[];
}

/** Which dataset each row (sequence) of a run comes from. */
export class MixturePlan {
  readonly config: MixtureConfig;
  /** Rows that there are at all: Infinity, or where `max_epochs` of every dataset is reached. */
  readonly rows: number;
  private readonly sequences: readonly number[];
  private readonly caps: readonly number[];
  /** Rows of the whole run, which `at` is a share of; NaN where no weight changes. */
  private readonly length: number;
  /** Before each block planned so far, and behind the last. */
  private readonly states: State[];
  /** The block that was planned last: the dataset of each of its rows. */
  private readonly owners = new Uint8Array(BLOCK);
  private block = -1;

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
    this.states = [{ counts: mixture.map(() => 0), behind: mixture.map(() => 0) }];
    this.rows = mixture.reduce((sum, part, i) => sum + (highest(part.weight) > 0 ? this.caps[i]! : 0), 0);
    if (this.rows === 0)
      throw new AthanorError('bad-input', 'mixture: every weight is 0, so there is no dataset to train on', {
        hint: 'Give a dataset a weight above 0.',
      });
    this.length = Number.NaN;
    if (!isScheduled(config)) return;
    this.length = Math.min(wanted, this.rows);
    if (!Number.isFinite(this.length))
      throw new AthanorError('bad-input', 'mixture: weights change over the run, but nothing says how long it is', {
        hint: 'Set max_steps or epochs: a limit of time alone is not known in steps.',
      });
    // Only weights that change can leave nothing to read: better to say so now than in the midst of the run.
    this.countsBefore(this.length);
  }

  /** Where row i comes from: the number of the dataset, and which of its rows it is (from 0, over its epochs). */
  row(i: number): { readonly part: number; readonly index: number } {
    if (this.caps.length === 1) return { part: 0, index: i };
    const counts = this.countsBefore(i);
    const part = this.owners[i % BLOCK]!;
    return { part, index: counts[part]! };
  }

  /** Rows of each dataset among the first `rows`. */
  countsBefore(rows: number): readonly number[] {
    if (this.caps.length === 1) return [rows];
    const block = Math.floor(rows / BLOCK);
    if (block !== this.block)
      for (let next = Math.min(block, this.states.length - 1); next <= block; next++) this.planBlock(next);
    const counts = [...this.states[block]!.counts];
    for (let i = 0; i < rows % BLOCK; i++) counts[this.owners[i]!]!++;
    return counts;
  }

  private planBlock(block: number): void {
    const { counts, behind } = structuredClone(this.states[block]!);
    const first = block * BLOCK;
    const end = Math.min(first + BLOCK, this.rows, Number.isNaN(this.length) ? this.rows : this.length);
    let shares: readonly number[] | undefined;
    for (let row = first; row < end; row++) {
      if (shares === undefined || !Number.isNaN(this.length)) shares = this.sharesAt(row, counts);
      const part = furthestBehind(shares, behind);
      this.owners[row - first] = part;
      if (++counts[part]! >= this.caps[part]!) shares = undefined;
    }
    this.block = block;
    this.states[block + 1] ??= { counts, behind };
  }

  /** Shares of the datasets at a row; one that is used up has none. @throws AthanorError('bad-input') when nothing is left */
  private sharesAt(row: number, counts: readonly number[]): number[] {
    const { mixture, temperature } = this.config;
    const progress = Number.isNaN(this.length) ? 0 : (row + 0.5) / this.length;
    const open = (part: number) => counts[part]! < this.caps[part]!;
    const powers = mixture.map(({ weight }, part) =>
      open(part) ? weightAt(weight ?? this.sequences[part]!, progress) ** (1 / temperature) : 0,
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    if (sum > 0) return powers.map((power) => power / sum);
    const left = mixture.filter((_, part) => open(part)).map(({ dataset }) => dataset);
    throw new AthanorError('bad-input', `mixture: after ${row} sequences no dataset with a weight is left`, {
      hint: `Raise max_epochs, shorten the run, or give ${left.join(', ')} a weight there.`,
    });
  }
}

/** Whose turn it is. Adds the shares to `behind`, and takes the row off. */
function furthestBehind(shares: readonly number[], behind: number[]): number {
  let best = -1;
  for (const [part, share] of shares.entries()) {
    if (share === 0) continue;
    behind[part]! += share;
    if (best < 0 || behind[part]! > behind[best]!) best = part;
  }
  behind[best]!--;
  return best;
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
