/**
 * ROUGE-L and ROUGE-N (Lin 2004) as PyPI rouge-score 0.1.2 computes them, without its stemmer. Tokens: `ascii` is
 * rouge-score's own rule (lower case, runs of a-z and 0-9; it drops everything else, so Chinese has no tokens at all);
 * `unicode` takes runs of letters and digits of any script and each Han or kana character alone.
 */
import { splitWords } from '../text/words.ts';

export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export type RougeTokens = 'ascii' | 'unicode';

export function rougeTokens(text: string, kind: RougeTokens = 'unicode'): string[] {
  const lower = text.toLowerCase();
  return kind === 'ascii' ? (lower.match(/[a-z0-9]+/g) ?? []) : splitWords(lower);
}

/** By the longest common subsequence of tokens. */
export function rougeL(target: readonly string[], prediction: readonly string[]): RougeScore {
  return scoreOf(longestCommonSubsequence(target, prediction), target.length, prediction.length);
}

/** By common n-grams, each counted as often as in the text that has it less often. */
export function rougeN(target: readonly string[], prediction: readonly string[], n: number): RougeScore {
  const grams = (tokens: readonly string[]) => {
    const counts = new Map<string, number>();
    for (let i = 0; i + n <= tokens.length; i++) {
      const gram = tokens.slice(i, i + n).join('\0');
      counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
    return counts;
  };
  const wanted = grams(target);
  let common = 0;
  for (const [gram, count] of grams(prediction)) common += Math.min(count, wanted.get(gram) ?? 0);
  const total = (tokens: readonly string[]) => Math.max(0, tokens.length - n + 1);
  // An empty side counts as one n-gram, as there.
  return scoreOf(common, Math.max(1, total(target)), Math.max(1, total(prediction)));
}

function scoreOf(common: number, target: number, prediction: number): RougeScore {
  if (target === 0 || prediction === 0) return { precision: 0, recall: 0, f1: 0 };
  const precision = common / prediction;
  const recall = common / target;
  return { precision, recall, f1: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Length; memory linear in the shorter list. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const row = new Uint32Array(short.length + 1);
  for (const item of long) {
    let diagonal = 0;
    for (let j = 1; j <= short.length; j++) {
      const above = row[j]!;
      row[j] = item === short[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[short.length]!;
}

/**
 * Texts that are compared with every one before: tells whether a new one is too close. Bounds by length and by common
 * tokens spare most of the comparisons; the answer is the same as without them.
 */
export class RougePool {
  private readonly entries: { readonly tokens: readonly string[]; readonly counts: ReadonlyMap<string, number> }[] = [];
  private readonly kind: RougeTokens;

  constructor(kind: RougeTokens = 'unicode') {
    this.kind = kind;
  }

  get size(): number {
    return this.entries.length;
  }

  add(text: string): void {
    const tokens = rougeTokens(text, this.kind);
    this.entries.push({ tokens, counts: countTokens(tokens) });
  }

  /** The first entry whose ROUGE-L F1 with the text is at least `limit`, as `{ index, f1 }`. */
  closer(text: string, limit: number): { index: number; f1: number } | undefined {
    const tokens = rougeTokens(text, this.kind);
    const counts = countTokens(tokens);
    for (const [index, entry] of this.entries.entries()) {
      const sum = tokens.length + entry.tokens.length;
      // F1 is 2·LCS / (m + n), and the LCS is no longer than what both have in common.
      if (2 * Math.min(tokens.length, entry.tokens.length) < limit * sum) continue;
      if (2 * commonTokens(counts, entry.counts) < limit * sum) continue;
      const { f1 } = rougeL(entry.tokens, tokens);
      if (f1 >= limit) return { index, f1 };
    }
    return undefined;
  }
}

function countTokens(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function commonTokens(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let common = 0;
  for (const [token, count] of small) common += Math.min(count, large.get(token) ?? 0);
  return common;
}
