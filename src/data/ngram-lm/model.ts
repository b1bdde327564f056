/**
 * A back-off n-gram model as it is asked: log10 probabilities and back-off weights in a trie of sorted arrays, one level
 * an order (KenLM's layout, Heafield 2011, §3.2). Knows nothing of files or training.
 */
import { linesOf, type UnitSettings, unitSplitter } from './units.ts';

/** Word numbers that every model has. */
export const UNK = 0;
export const BOS = 1;
export const EOS = 2;

/** The n-grams of one order, sorted by parent, then by word. */
export interface Level {
  readonly words: Uint32Array;
  readonly logProbabilities: Float32Array;
  /** Empty at the highest order. */
  readonly backoffs: Float32Array;
  /** First child in the next level of each n-gram, and one more at the end; empty at the highest order. */
  readonly children: Uint32Array;
}

export interface NgramWeights {
  readonly units: UnitSettings;
  readonly vocabulary: readonly string[];
  /** [order - 1]; the first level's n-grams are the words, in order. */
  readonly levels: readonly Level[];
}

export interface Score {
  /** Sum of log10 probabilities, ends of lines included. */
  readonly log10: number;
  /** Units and ends of lines. */
  readonly units: number;
  readonly unknown: number;
}

export interface NgramModel extends NgramWeights {
  readonly order: number;
  /** log10 probabilities of a line's units and of its end. */
  scoreUnits(units: readonly string[]): Float64Array;
  /** All lines of a text, each a sentence. */
  score(text: string): Score;
  /** 10^(−mean log10 probability), the line ends counted; NaN for a text without lines. */
  perplexity(text: string): number;
}

export function createNgramModel(weights: NgramWeights): NgramModel {
  const { levels, vocabulary } = weights;
  const order = levels.length;
  const numbers = new Map(vocabulary.map((word, i) => [word, i]));
  const split = unitSplitter(weights.units);
  /** context[k]: place in level k of the n-gram of the last k words, or -1; context[0] is the root. */
  const context = new Int32Array(order + 1);
  const next = new Int32Array(order + 1);

  const step = (word: number): number => {
    let log10 = 0;
    let best = -1;
    next.fill(-1);
    next[0] = 0;
    for (let k = 0; k < order; k++) {
      const at = context[k]!;
      if (at < 0) continue;
      const child = k === 0 ? word : findChild(levels[k - 1]!, levels[k]!, at, word);
      if (child < 0) continue;
      next[k + 1] = child;
      best = k;
    }
    log10 = levels[best]!.logProbabilities[next[best + 1]!]!;
    for (let k = best + 1; k < order; k++) if (context[k]! >= 0) log10 += levels[k - 1]!.backoffs[context[k]!]!;
    context.set(next);
    return log10;
  };
  const begin = () => {
    context.fill(-1);
    context[0] = 0;
    if (order > 1) context[1] = BOS;
  };

  const scoreNumbers = (
    units: readonly string[],
    out: Float64Array | undefined,
  ): { log10: number; unknown: number } => {
    begin();
    let log10 = 0;
    let unknown = 0;
    for (let i = 0; i <= units.length; i++) {
      const word = i === units.length ? EOS : (numbers.get(units[i]!) ?? UNK);
      if (word === UNK) unknown++;
      const one = step(word);
      if (out) out[i] = one;
      log10 += one;
    }
    return { log10, unknown };
  };
  const score = (text: string): Score => {
    const sum = { log10: 0, units: 0, unknown: 0 };
    for (const line of linesOf(text)) {
      const units = split(line);
      const { log10, unknown } = scoreNumbers(units, undefined);
      sum.log10 += log10;
      sum.unknown += unknown;
      sum.units += units.length + 1;
    }
    return sum;
  };
  return {
    ...weights,
    order,
    score,
    scoreUnits(units) {
      const out = new Float64Array(units.length + 1);
      scoreNumbers(units, out);
      return out;
    },
    perplexity(text) {
      const { log10, units } = score(text);
      return units === 0 ? Number.NaN : 10 ** (-log10 / units);
    },
  };
}

/** Binary search among the children. @returns a place in `level`, or -1 */
export function findChild(above: Level, level: Level, parent: number, word: number): number {
  let low = above.children[parent]!;
  let high = above.children[parent + 1]!;
  const { words } = level;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = words[middle]!;
    if (found === word) return middle;
    if (found < word) low = middle + 1;
    else high = middle;
  }
  return -1;
}
