/**
 * Learns a Unigram vocabulary from word counts as SentencePiece does (Kudo 2018, section 3.2; unigram_model_trainer.cc is
 * the definition): a large seed vocabulary, then rounds of expectation maximization and of dropping the pieces whose
 * absence costs the least likelihood. Knows words and pieces, nothing of pipelines and special tokens.
 */
import { AthanorError } from '../../../core/index.ts';
import type { WordCount } from '../corpus-text.ts';
import type { PieceRules } from './char-kinds.ts';
import { Lattice, type Pieces } from './lattice.ts';
import { findSeeds } from './seeds.ts';
import { cutSegments, type Segments } from './segments.ts';

export interface LearnUnigramOptions extends PieceRules {
  /** Read more than once. */
  readonly words: Iterable<WordCount>;
  /** All tokens, those with a meaning of their own included. */
  readonly vocabSize: number;
  /** Those that have a meaning of their own (special, bytes, user-defined): not learned, and no piece is spelled so. */
  readonly reserved: ReadonlySet<string>;
  /** How many pieces training begins with. */
  readonly seedSize: number;
  /** Begin also with the strings that SentencePiece overlooks (see seeds.ts). */
  readonly allSeeds: boolean;
  /** Rounds of expectation maximization between two prunings. */
  readonly subIterations: number;
  /** Which part of the pieces a pruning keeps. */
  readonly shrinkingFactor: number;
  readonly progress?: ((pieces: number) => void) | undefined;
}

/** Pieces with their log probabilities, best first. @throws AthanorError('bad-input') if the size cannot be met */
export function learnUnigram(options: LearnUnigramOptions): [piece: string, score: number][] {
  const { vocabSize, reserved, maxPieceLength } = options;
  const segments = cutSegments(options.words, options);
  const least = segments.alphabet.length + reserved.size;
  if (least > vocabSize) throw tooSmall(vocabSize, least);
  const seeds = findSeeds(segments, maxPieceLength, options.seedSize, options.allSeeds);
  const lattice = new Lattice(segments, seeds.edges, maxPieceLength);
  const logTotal = Math.log(seeds.scores.reduce((sum, score) => sum + score, 0));
  let pieces = withLeast({ ...seeds, scores: seeds.scores.map((score) => Math.log(score) - logTotal) });
  const keep = (kept: Uint8Array, scores: Float64Array) => {
    const renumbered = new Int32Array(kept.length);
    let count = 0;
    for (let i = 0; i < kept.length; i++) renumbered[i] = kept[i] ? count++ : -1;
    seeds.edges.renumber(renumbered);
    const isKept = (_: number, i: number) => kept[i] === 1;
    pieces = withLeast({
      scores: scores.filter(isKept),
      lengths: pieces.lengths.filter(isKept),
      places: pieces.places.filter(isKept),
    });
    options.progress?.(count);
  };

  const wanted = Math.trunc(vocabSize * 1.1);
  // Pruning comes last (since SentencePiece 0.2.2), so no piece is left that never wins against its own parts.
  for (;;) {
    for (let i = 0; i < options.subIterations; i++) {
      const expected = lattice.expectations(pieces);
      keep(...maximize(expected));
    }
    const size = Math.max(wanted, Math.trunc(options.shrinkingFactor * pieces.scores.length));
    keep(prune(lattice, pieces, size), pieces.scores);
    if (pieces.scores.length <= wanted) break;
  }
  return finish(segments, pieces, vocabSize, reserved);
}

function withLeast(pieces: Omit<Pieces, 'least'>): Pieces {
  return { ...pieces, least: pieces.scores.reduce((least, score) => Math.min(least, score), 0) };
}

/** Expected less often than this, a piece goes. */
const leastExpected = 0.5;

/**
 * M step of a Dirichlet process's variational EM, which favours few pieces (Liang & Klein 2007, "Structured Bayesian
 * Nonparametric Models with Variational Inference"): exp(digamma) in place of counts.
 */
function maximize(expected: Float64Array): [kept: Uint8Array, scores: Float64Array] {
  const kept = Uint8Array.from(expected, (count) => (count >= leastExpected ? 1 : 0));
  let sum = 0;
  for (let i = 0; i < expected.length; i++) if (kept[i]) sum += expected[i]!;
  const logSum = digamma(sum);
  return [kept, expected.map((count, i) => (kept[i] ? digamma(count) - logSum : 0))];
}

/** Derivative of log Γ for x > 0: recurrence up to 7, then the asymptotic series at x − 1/2 (Abramowitz & Stegun 6.3). */
export function digamma(x: number): number {
  let result = 0;
  while (x < 7) result -= 1 / x++;
  const y = x - 0.5;
  const y2 = 1 / (y * y);
  const y4 = y2 * y2;
  return result + Math.log(y) + y2 / 24 - (7 / 960) * y4 + (31 / 8064) * y4 * y2 - (127 / 30720) * y4 * y4;
}

/**
 * Marks the pieces to keep: those that nothing can replace, then those whose loss is the greatest. The loss is of the
 * likelihood if every occurrence in the best segmentation were written with the second-best pieces instead.
 */
function prune(lattice: Lattice, pieces: Pieces, size: number): Uint8Array {
  const { scores } = pieces;
  const counts = lattice.bestCounts(pieces);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const logTotal = Math.log(total);
  const kept = new Uint8Array(scores.length);
  const losses = new Float64Array(scores.length);
  const candidates: number[] = [];
  const without: number[] = [];
  let count = 0;
  for (let i = 0; i < scores.length; i++) {
    if (counts[i] === 0) continue;
    const score = lattice.writeWithout(i, pieces, without);
    if (score > scores[i]!) continue; // its own best segmentation is another
    if (without.length === 0) {
      kept[i] = 1;
      count++;
      continue;
    }
    const own = Math.log(counts[i]!) - logTotal;
    const newLogTotal = Math.log(total + counts[i]! * (without.length - 1));
    let other = 0;
    for (const piece of without) other += Math.log(counts[piece]! + counts[i]!) - newLogTotal;
    losses[i] = counts[i]! * (own - other);
    candidates.push(i);
  }
  candidates.sort((a, b) => losses[b]! - losses[a]! || a - b);
  for (const i of candidates.slice(0, Math.max(0, size - count))) kept[i] = 1;
  return kept;
}

/** How much more likely each further character is that the pieces lack, so that none are equal. */
const penaltyStep = 0.0001;

/** The whole alphabet, then the best pieces until there are enough. */
function finish(segments: Segments, pieces: Pieces, vocabSize: number, reserved: ReadonlySet<string>) {
  const { scores, lengths, places, least } = pieces;
  const found = Array.from(scores, (score, i): [string, number] => [
    segments.spell(places[i]!, places[i]! + lengths[i]!),
    score,
  ]);
  const scoreOf = new Map(found);
  const chosen = new Map<string, number>();
  let penalty = 0;
  const { alphabet, charCounts } = segments;
  const byCount = [...alphabet.keys()].sort((a, b) => charCounts[b]! - charCounts[a]! || a - b);
  for (const place of byCount) {
    const char = alphabet[place]!;
    const text = String.fromCodePoint(char);
    if (reserved.has(text)) continue;
    const score = scoreOf.get(text);
    chosen.set(text, score ?? least + penalty);
    if (score === undefined) penalty += penaltyStep;
  }
  const byScore = (a: readonly [string, number], b: readonly [string, number]) =>
    b[1] - a[1] || compareCodePoints(a[0], b[0]);
  const room = vocabSize - reserved.size;
  for (const [piece, score] of found.sort(byScore)) {
    if (chosen.size === room) break;
    if (!chosen.has(piece) && !reserved.has(piece)) chosen.set(piece, score);
  }
  if (chosen.size < room) throw tooLarge(vocabSize, chosen.size + reserved.size);
  return [...chosen].sort(byScore);
}

/** Order of the UTF-8 bytes: by code points, not by code units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    const surrogates = Number(left >= 0xd800 && left < 0xe000) - Number(right >= 0xd800 && right < 0xe000);
    return surrogates || left - right;
  }
  return a.length - b.length;
}

function tooSmall(vocabSize: number, least: number): AthanorError {
  return new AthanorError('bad-input', `vocabulary size ${vocabSize}: the characters alone need ${least}`, {
    hint: 'Ask for more, or lower characterCoverage.',
    values: { vocabSize, least },
  });
}

function tooLarge(vocabSize: number, most: number): AthanorError {
  return new AthanorError('bad-input', `vocabulary size ${vocabSize}: this corpus yields at most ${most}`, {
    hint: `Ask for at most ${most}, or give more text.`,
    values: { vocabSize, most },
  });
}
