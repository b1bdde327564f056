/**
 * How far annotators agree: Cohen's κ (1960; weighted, 1968), Fleiss' κ (1971), Krippendorff's α for nominal data
 * (Krippendorff 2011), and F1 of spans. Pure functions over labels and spans.
 */
import { AthanorError } from '../../core/index.ts';
import { tagsOf, tokenize, withoutOverlaps } from './bio.ts';
import type { Entity } from './schema.ts';

/**
 * Cohen's κ of two annotators over the same items; NaN where both always gave one and the same label (chance agreement
 * is 1, so κ is undefined), as in scikit-learn.
 * @param weights how disagreements count between ordered labels (their sorted order): `linear` and `quadratic` by distance
 */
export function cohenKappa(
  first: readonly (string | number)[],
  second: readonly (string | number)[],
  weights: 'none' | 'linear' | 'quadratic' = 'none',
): number {
  sameLength(first.length, second.length);
  const labels = [...new Set([...first, ...second])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const index = new Map(labels.map((label, i) => [label, i]));
  const k = labels.length;
  const counts = new Float64Array(k * k);
  const rows = new Float64Array(k);
  const columns = new Float64Array(k);
  for (const [n, label] of first.entries()) {
    const [i, j] = [index.get(label)!, index.get(second[n]!)!];
    counts[i * k + j]!++;
    rows[i]!++;
    columns[j]!++;
  }
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const distance = Math.abs(i - j);
      const weight = weights === 'quadratic' ? distance ** 2 : weights === 'linear' ? distance : Number(i !== j);
      observed += weight * counts[i * k + j]!;
      expected += (weight * rows[i]! * columns[j]!) / first.length;
    }
  return 1 - observed / expected;
}

/**
 * Fleiss' κ: items × categories, each cell how many annotators chose it; every item by the same number of them.
 * @throws AthanorError('bad-input') when the items have different numbers of votes
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number {
  const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
  const raters = sum(counts[0] ?? []);
  if (counts.length === 0 || raters < 2 || counts.some((row) => sum(row) !== raters)) {
    throw new AthanorError('bad-input', "Fleiss' κ needs items that all have the same number of votes, two or more", {
      hint: "Where some votes are missing use Krippendorff's α.",
    });
  }
  const total = counts.length * raters;
  const shares = (counts[0] ?? []).map((_, j) => counts.reduce((n, row) => n + row[j]!, 0) / total);
  const agreed = counts.reduce(
    (n, row) => n + (row.reduce((a, c) => a + c * c, 0) - raters) / (raters * (raters - 1)),
    0,
  );
  const observed = agreed / counts.length;
  const expected = shares.reduce((n, share) => n + share * share, 0);
  return (observed - expected) / (1 - expected);
}

/** Krippendorff's α for nominal labels; annotators × items, `undefined` where one has not labelled an item. */
export function krippendorffAlpha(labels: readonly (readonly (string | number | undefined)[])[]): number {
  const items = labels[0]?.length ?? 0;
  for (const row of labels) sameLength(row.length, items);
  const totals = new Map<string | number, number>();
  let n = 0;
  let disagreed = 0;
  for (let item = 0; item < items; item++) {
    const votes = new Map<string | number, number>();
    let m = 0;
    for (const row of labels) {
      const label = row[item];
      if (label === undefined) continue;
      votes.set(label, (votes.get(label) ?? 0) + 1);
      m++;
    }
    if (m < 2) continue;
    n += m;
    let same = 0;
    for (const [label, count] of votes) {
      same += count * count;
      totals.set(label, (totals.get(label) ?? 0) + count);
    }
    disagreed += (m * m - same) / (m - 1);
  }
  let same = 0;
  for (const count of totals.values()) same += count * count;
  return 1 - ((n - 1) * disagreed) / (n * n - same);
}

export interface SpanScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Spans of the reference. */
  readonly support: number;
  readonly predicted: number;
  /** Matches; a partial one counts 0.5. */
  readonly matched: number;
}

/** Of each label, and of all together. */
export interface SpanScores {
  readonly micro: SpanScore;
  /** Mean F1 over labels. */
  readonly macroF1: number;
  readonly labels: Readonly<Record<string, SpanScore>>;
}

type Marked = Pick<Entity, 'start' | 'end' | 'label'>;

/**
 * F1 of spans over documents. `exact`: label and both ends equal (as seqeval and conlleval count); `partial`: a span of
 * the same label that overlaps counts 0.5 where the ends differ (SemEval-2013 task 9.1, "partial", within a label). Each
 * span matches at most one other.
 */
export function spanF1(
  reference: readonly (readonly Marked[])[],
  predicted: readonly (readonly Marked[])[],
  mode: 'exact' | 'partial' = 'exact',
): SpanScores {
  sameLength(reference.length, predicted.length);
  const tallies = new Map<string, { support: number; predicted: number; matched: number }>();
  const tally = (label: string) => {
    const known = tallies.get(label) ?? { support: 0, predicted: 0, matched: 0 };
    tallies.set(label, known);
    return known;
  };
  for (const [n, gold] of reference.entries()) {
    const given = predicted[n]!;
    for (const { label } of gold) tally(label).support++;
    for (const { label } of given) tally(label).predicted++;
    for (const [label, matched] of matchSpans(gold, given, mode)) tally(label).matched += matched;
  }
  const labels = Object.fromEntries(
    [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, one]) => [label, scoreOf(one)]),
  );
  const all = { support: 0, predicted: 0, matched: 0 };
  for (const one of tallies.values()) {
    all.support += one.support;
    all.predicted += one.predicted;
    all.matched += one.matched;
  }
  const scores = Object.values(labels);
  const macroF1 = scores.length === 0 ? 0 : scores.reduce((sum, { f1 }) => sum + f1, 0) / scores.length;
  return { micro: scoreOf(all), macroF1, labels };
}

/** Matches by label: equal spans first, then overlapping ones from left to right. */
function matchSpans(gold: readonly Marked[], given: readonly Marked[], mode: 'exact' | 'partial'): Map<string, number> {
  const matched = new Map<string, number>();
  const add = (label: string, credit: number) => matched.set(label, (matched.get(label) ?? 0) + credit);
  const keyOf = ({ start, end, label }: Marked) => `${start} ${end} ${label}`;
  const open = new Map<string, number>();
  for (const span of gold) open.set(keyOf(span), (open.get(keyOf(span)) ?? 0) + 1);
  const rest: Marked[] = [];
  for (const span of given) {
    const left = open.get(keyOf(span)) ?? 0;
    if (left === 0) rest.push(span);
    else {
      open.set(keyOf(span), left - 1);
      add(span.label, 1);
    }
  }
  if (mode === 'exact') return matched;
  const byStart = (a: Marked, b: Marked) => a.start - b.start || a.end - b.end;
  const unmatched = gold
    .filter((span) => {
      const left = open.get(keyOf(span)) ?? 0;
      if (left > 0) open.set(keyOf(span), left - 1);
      return left > 0;
    })
    .sort(byStart);
  const used = new Set<Marked>();
  for (const span of rest.sort(byStart)) {
    const partner = unmatched.find(
      (one) => !used.has(one) && one.label === span.label && one.start < span.end && span.start < one.end,
    );
    if (partner === undefined) continue;
    used.add(partner);
    add(span.label, 0.5);
  }
  return matched;
}

function scoreOf({ support, predicted, matched }: { support: number; predicted: number; matched: number }): SpanScore {
  const precision = predicted === 0 ? 0 : matched / predicted;
  const recall = support === 0 ? 0 : matched / support;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, support, predicted, matched };
}

/** The BIO tag that each annotator gives each token of a text, for κ over tokens. */
export function tokenTags(text: string, annotations: readonly (readonly Entity[])[]): string[][] {
  const tokens = tokenize(text);
  return annotations.map((entities) => tagsOf(tokens, withoutOverlaps(entities).kept));
}

function sameLength(a: number, b: number): void {
  if (a !== b) throw new AthanorError('bad-input', `agreement needs two lists of one length, got ${a} and ${b}`);
}
