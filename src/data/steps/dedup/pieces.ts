/**
 * Pieces of texts (lines, paragraphs, spans of sentences) that came before in the corpus: shared by line-dedup,
 * paragraph-dedup and sentence-dedup. A piece is known by 64 bits of its folded text. The first occurrence in the order of
 * the stream stays. Out of core: 8 bytes a piece are scanned, those that may repeat are sorted within the memory given.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import type { Apply, DecideContext, Scan, StepContext, Survey } from '../../step.ts';
import { type FoldMode, folder } from '../../text/fold.ts';
import { WordHasher } from '../../text/hash.ts';
import { normaliseOption } from './normalise.ts';
import { sortRepeatedHashes } from './repeated-hashes.ts';

/** The options that all have. */
export const pieceOptions = {
  min_left: z
    .int()
    .min(0)
    .default(50)
    .describe('A document that lost pieces and keeps fewer characters than this is dropped'),
  within_document: z
    .boolean()
    .default(true)
    .describe('Also remove what came before in the same document; false: only what another document had before'),
  normalize: normaliseOption,
};

/** How long a piece must be to be removed, where short ones are common. */
export const minCharacters = z
  .int()
  .min(1)
  .default(20)
  .describe('Shorter ones (in characters of the compared text) are never removed');

export interface PieceOptions {
  readonly min_left: number;
  readonly within_document: boolean;
  readonly normalize: FoldMode;
  readonly min_characters?: number;
}

/** Stretches of a text that are compared, `text[start … end)`; removing one removes `text[start … next)`. May overlap. */
export type EachPiece = (text: string, each: (start: number, end: number, next: number) => void) => void;

export interface Pieces {
  readonly each: EachPiece;
  /** For the reports: `lines`. */
  readonly plural: string;
}

type WithPieceOptions = z.ZodObject<typeof pieceOptions>;

/** The three parts of a step that removes repeated pieces. */
export function pieceSurvey<Config extends z.ZodObject>(pieces: Pieces): Survey<Config> {
  const optionsOf = (config: z.output<Config>) => config as z.output<WithPieceOptions> & PieceOptions;
  return {
    scan: (config) => scan(optionsOf(config), pieces),
    decide: (config, context) => decideRepeats(context, optionsOf(config).within_document),
    apply: (config, context) => apply(optionsOf(config), context, pieces),
  };
}

/** Calls `found` with the hash of each piece that is long enough, in order. */
function pieceHasher({ normalize, min_characters = 1 }: PieceOptions) {
  const fold = folder(normalize);
  const hasher = new WordHasher();
  const out = new Uint32Array(4);
  /** The hash, or undefined for a piece that is too short. */
  return (piece: string): Uint32Array | undefined => {
    let length = 0;
    hasher.reset();
    fold(piece, (points, count) => {
      hasher.add(points, count);
      length += count;
    });
    if (length < min_characters) return undefined;
    hasher.digest(out);
    return out;
  };
}

function scan(options: PieceOptions, { each }: Pieces): Scan {
  const hashOf = pieceHasher(options);
  let words = new Uint32Array(256);
  return ({ text }) => {
    let length = 0;
    each(text, (start, end) => {
      const hash = hashOf(text.slice(start, end));
      if (!hash) return;
      if (length === words.length) {
        const larger = new Uint32Array(2 * words.length);
        larger.set(words);
        words = larger;
      }
      words[length++] = hash[0]!;
      words[length++] = hash[1]!;
    });
    return length === 0 ? undefined : new Uint8Array(words.buffer, 0, length * 4);
  };
}

/** Gives each document that repeats pieces the numbers of these, counted among its pieces that were scanned. */
async function decideRepeats(context: DecideContext, withinDocument: boolean): Promise<void> {
  const { directory } = context;
  const memoryBytes = context.memoryBytes / 3;
  const byHash = await sortRepeatedHashes(context, memoryBytes);
  const byPlace = new ExternalSort({ width: 2, keys: 2, memoryBytes, directory, name: 'by-place' });
  let first = -1;
  let high = 0;
  let low = 0;
  for (const { words: sorted, count } of byHash.sorted()) {
    for (let at = 0; at < 4 * count; at += 4) {
      if (first < 0 || sorted[at] !== high || sorted[at + 1] !== low) {
        high = sorted[at]!;
        low = sorted[at + 1]!;
        first = sorted[at + 2]!;
      } else if (withinDocument || sorted[at + 2] !== first) byPlace.add(sorted, at + 2);
    }
  }
  giveVerdicts(byPlace, context);
}

/** From (document, number) pairs, sorted: each document's list of numbers. */
function giveVerdicts(byPlace: ExternalSort, context: DecideContext): void {
  let document = -1;
  let numbers: number[] = [];
  for (const { words, count } of byPlace.sorted()) {
    for (let at = 0; at < 2 * count; at += 2) {
      if (words[at] !== document) {
        if (document >= 0) context.verdict(document, numbers);
        document = words[at]!;
        numbers = [];
      }
      numbers.push(words[at + 1]!);
    }
  }
  if (document >= 0) context.verdict(document, numbers);
}

function apply(options: PieceOptions, context: StepContext, { each, plural }: Pieces): Apply {
  const hashOf = pieceHasher(options);
  return (document, verdict) => {
    if (verdict === undefined) return document;
    const removed = verdict as readonly number[];
    const { text } = document;
    const ranges: number[] = [];
    let number = 0;
    let next = 0;
    each(text, (start, end, behind) => {
      if (next >= removed.length || !hashOf(text.slice(start, end))) return;
      if (number++ !== removed[next]) return;
      ranges.push(start, behind);
      next++;
    });
    return withoutRanges(document, ranges, { context, plural, minLeft: options.min_left });
  };
}

interface Removal {
  readonly context: StepContext;
  /** Names what was removed, in the reports. */
  readonly plural: string;
  readonly minLeft: number;
}

/** The document without the ranges (start, end, start, end …; ascending starts, may overlap), or dropped. */
export function withoutRanges(
  document: Document,
  ranges: readonly number[],
  { context, plural, minLeft }: Removal,
): Document | undefined {
  const { text } = document;
  let kept = '';
  let done = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > done) kept += text.slice(done, ranges[i]!);
    done = Math.max(done, ranges[i + 1]!);
  }
  kept += text.slice(done);
  // Without the last piece the white space before it stands at the end.
  if (done >= text.length) kept = kept.trimEnd();
  context.count(`removed-${plural}`, ranges.length / 2);
  context.count('removed-characters', text.length - kept.length);
  if (kept.trim().length < minLeft) {
    const left = kept.trim().length;
    context.drop(document, `duplicate-${plural}`, `${left} of ${text.length} characters left < ${minLeft}`);
    return undefined;
  }
  return { ...document, text: kept };
}
