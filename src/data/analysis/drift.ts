/**
 * How far one version's statistics are from another's: the population stability index and the Kullback–Leibler
 * divergence for histograms and categories, the Jensen–Shannon divergence and the words that moved for the vocabulary.
 * PSI as in credit scoring (Siddiqi 2006: < 0.1 stable, 0.1–0.25 some shift, > 0.25 a real one), which gives the default
 * alarms.
 */
import type { Histogram } from './histogram.ts';
import type { Statistics } from './statistics.ts';

export interface Shift {
  readonly name: string;
  /** Population stability index: Σ (p − q) ln(p / q). */
  readonly psi: number;
  /** Kullback–Leibler divergence of the newer from the older, in nats. */
  readonly kl: number;
  readonly alarm: boolean;
}

export interface WordShift {
  readonly word: string;
  /** Occurrences in a million words. */
  readonly before: number;
  readonly after: number;
}

export interface Drift {
  readonly shifts: readonly Shift[];
  readonly vocabulary: {
    /** Jensen–Shannon divergence of the word distributions, in bits: 0 equal, 1 nothing in common. */
    readonly js: number;
    readonly alarm: boolean;
    /** Words that add most to it. */
    readonly risen: readonly WordShift[];
    readonly fallen: readonly WordShift[];
  };
  readonly alarm: boolean;
}

export interface DriftLimits {
  readonly psi: number;
  readonly js: number;
}

export const defaultLimits: DriftLimits = { psi: 0.25, js: 0.1 };

/** Added to every share, so that an empty bin costs much and not infinitely much. */
const floor = 1e-4;

export function measureDrift(before: Statistics, after: Statistics, limits: DriftLimits = defaultLimits): Drift {
  const shifts: Shift[] = [];
  const compare = (name: string, p: readonly number[], q: readonly number[]) => {
    if (sum(p) === 0 || sum(q) === 0) return;
    const { psi, kl } = divergence(p, q);
    shifts.push({ name, psi, kl, alarm: psi > limits.psi });
  };
  const histograms = (name: string, p?: Histogram, q?: Histogram) => {
    if (p && q) compare(name, p.counts, q.counts);
  };
  for (const unit of ['characters', 'words', 'lines'] as const)
    histograms(`length in ${unit}`, before.lengths[unit], after.lengths[unit]);
  for (const name of ['languages', 'sources', 'splits'] as const) {
    const [p, q] = aligned(new Map(before[name]), new Map(after[name]));
    compare(name, p, q);
  }
  const [p, q] = aligned(new Map(Object.entries(before.scripts)), new Map(Object.entries(after.scripts)));
  compare('scripts', p, q);
  for (const name of Object.keys({ ...before.scores, ...after.scores }).sort())
    histograms(name, before.scores[name], after.scores[name]);
  const vocabulary = wordShifts(new Map(before.ngrams['1']), new Map(after.ngrams['1']), limits.js);
  return { shifts, vocabulary, alarm: vocabulary.alarm || shifts.some(({ alarm }) => alarm) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** PSI and KL(q ‖ p) of two lists of counts, in which an empty bin counts as a very small share. */
export function divergence(p: readonly number[], q: readonly number[]): { psi: number; kl: number } {
  const shares = (counts: readonly number[]) => {
    const total = sum(counts);
    const raw = counts.map((n) => n / total + floor);
    const all = sum(raw);
    return raw.map((share) => share / all);
  };
  const before = shares(p);
  const after = shares(q);
  let psi = 0;
  let kl = 0;
  for (const [i, b] of before.entries()) {
    const a = after[i]!;
    psi += (a - b) * Math.log(a / b);
    kl += a * Math.log(a / b);
  }
  return { psi, kl };
}

function aligned(p: ReadonlyMap<string, number>, q: ReadonlyMap<string, number>): [number[], number[]] {
  const names = [...new Set([...p.keys(), ...q.keys()])].sort();
  return [names.map((name) => p.get(name) ?? 0), names.map((name) => q.get(name) ?? 0)];
}

const shown = 20;

function wordShifts(
  p: ReadonlyMap<string, number>,
  q: ReadonlyMap<string, number>,
  limit: number,
): Drift['vocabulary'] {
  const [before, after] = [sum([...p.values()]), sum([...q.values()])];
  if (before === 0 || after === 0)
    return { js: before === after ? 0 : 1, alarm: before !== after, risen: [], fallen: [] };
  const part = (share: number, mean: number) => (share === 0 ? 0 : (share * Math.log2(share / mean)) / 2);
  let js = 0;
  const moved: (WordShift & { weight: number })[] = [];
  for (const word of new Set([...p.keys(), ...q.keys()])) {
    const b = (p.get(word) ?? 0) / before;
    const a = (q.get(word) ?? 0) / after;
    const weight = part(b, (a + b) / 2) + part(a, (a + b) / 2);
    js += weight;
    moved.push({ word, before: Math.round(b * 1e7) / 10, after: Math.round(a * 1e7) / 10, weight });
  }
  moved.sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1));
  const take = (up: boolean): WordShift[] =>
    moved
      .filter((one) => (up ? one.after > one.before : one.after < one.before))
      .slice(0, shown)
      .map(({ word, before: was, after: is }) => ({ word, before: was, after: is }));
  return { js, alarm: js > limit, risen: take(true), fallen: take(false) };
}
