/** How good predictions of labels are: accuracy, precision, recall, F1 (macro: the mean over labels), confusion, AUC. */

export interface LabelMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Examples that have this label. */
  readonly examples: number;
}

export interface Metrics {
  readonly examples: number;
  readonly accuracy: number;
  readonly macro_f1: number;
  readonly labels: Readonly<Record<string, LabelMetrics>>;
  /** Rows: the true label; columns: the predicted one; both in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
}

/** Metrics of (true, predicted) pairs of label numbers. Labels that have no example are left out of the macro F1. */
export function measure(labels: readonly string[], pairs: Iterable<readonly [number, number]>): Metrics {
  const confusion = labels.map(() => new Array<number>(labels.length).fill(0));
  let examples = 0;
  let right = 0;
  for (const [truth, predicted] of pairs) {
    confusion[truth]![predicted]!++;
    examples++;
    if (truth === predicted) right++;
  }
  const byLabel: Record<string, LabelMetrics> = {};
  let f1Sum = 0;
  let present = 0;
  for (const [i, label] of labels.entries()) {
    const hits = confusion[i]![i]!;
    const ofLabel = confusion[i]!.reduce((sum, n) => sum + n, 0);
    const predicted = confusion.reduce((sum, row) => sum + row[i]!, 0);
    const precision = predicted === 0 ? 0 : hits / predicted;
    const recall = ofLabel === 0 ? 0 : hits / ofLabel;
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    byLabel[label] = { precision: round(precision), recall: round(recall), f1: round(f1), examples: ofLabel };
    if (ofLabel === 0) continue;
    f1Sum += f1;
    present++;
  }
  return {
    examples,
    accuracy: round(examples === 0 ? 0 : right / examples),
    macro_f1: round(present === 0 ? 0 : f1Sum / present),
    labels: byLabel,
    confusion,
  };
}

/**
 * Area under the ROC curve: how often a positive scores above a negative, ties counted half (the Mann–Whitney U
 * statistic, Hanley & McNeil 1982). NaN where all are of one kind.
 */
export function rocAuc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  const order = positive.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    // Equal scores share the mean of their ranks, from 1.
    const rank = (from + 1 + to) / 2;
    for (; from < to; from++) {
      if (!positive[order[from]!]) continue;
      positives++;
      rankSum += rank;
    }
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (positive.length - positives));
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
