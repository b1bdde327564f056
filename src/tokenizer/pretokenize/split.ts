/** Split: cuts at the matches of a pattern (Hugging Face's `Split` with its five behaviours). */
import { AthanorError } from '../../core/index.ts';
import type { Json, PreTokenizer } from '../types.ts';
import { translateRegex } from './regex-syntax.ts';

const splitBehaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

export interface SplitOptions {
  readonly pattern: { readonly Regex: string } | { readonly String: string };
  readonly behavior: SplitBehavior;
  /** Swap what matches and what does not. */
  readonly invert: boolean;
}

/** @param place JSON path for errors */
export function split(options: SplitOptions, place = 'pattern'): PreTokenizer {
  const regex =
    'Regex' in options.pattern
      ? translateRegex(options.pattern.Regex, `${place}.pattern.Regex`)
      : literalRegex(options.pattern.String);
  const cut = cutter(regex, options.behavior, options.invert);
  return {
    byteLevel: false,
    split: (pieces) => (pieces.length === 1 ? cut(pieces[0]!) : pieces.flatMap(cut)),
    toJSON: (): Json => ({
      type: 'Split',
      pattern: options.pattern,
      behavior: options.behavior,
      invert: options.invert,
    }),
  };
}

function literalRegex(text: string): RegExp {
  // An empty string matches nothing, as in Hugging Face's.
  return text === '' ? /(?!)/gu : new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu');
}

/** The function that cuts one piece into non-empty pieces. */
export function cutter(regex: RegExp, behavior: SplitBehavior, invert: boolean): (piece: string) => readonly string[] {
  if (behavior === 'Isolated') return (piece) => isolate(piece, regex);
  return (piece) => {
    const spans = findSpans(piece, regex);
    if (invert) for (const span of spans) span.match = !span.match;
    return behavior === 'Removed'
      ? spans.filter((span) => !span.match).map((span) => span.text)
      : merge(spans, behavior);
  };
}

/** Matches and what lies between them. Where matches cover everything, as word patterns do, one native call does it. */
function isolate(piece: string, regex: RegExp): readonly string[] {
  const matches = piece.match(regex);
  if (matches === null) return piece === '' ? [] : [piece];
  let covered = 0;
  let empty = false;
  for (const match of matches) {
    covered += match.length;
    if (match === '') empty = true;
  }
  if (covered === piece.length && !empty) return matches;
  return findSpans(piece, regex).map((span) => span.text);
}

interface Span {
  text: string;
  match: boolean;
}

function findSpans(piece: string, regex: RegExp): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const found of piece.matchAll(regex)) {
    if (found.index > end) spans.push({ text: piece.slice(end, found.index), match: false });
    if (found[0] !== '') spans.push({ text: found[0], match: true });
    end = found.index + found[0].length;
  }
  if (end < piece.length) spans.push({ text: piece.slice(end), match: false });
  return spans;
}

function merge(spans: readonly Span[], behavior: 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'): string[] {
  const backwards = behavior === 'MergedWithNext';
  const out: string[] = [];
  let previousMatch = false;
  for (const { text, match } of backwards ? [...spans].reverse() : spans) {
    const joins = behavior === 'Contiguous' ? match === previousMatch : match && !previousMatch;
    if (!joins || out.length === 0) out.push(text);
    else out[out.length - 1] = backwards ? text + out.at(-1)! : out.at(-1)! + text;
    previousMatch = match;
  }
  return backwards ? out.reverse() : out;
}

/** Checks the JSON form. @throws AthanorError('bad-file') naming the path */
export function readSplit(json: Readonly<Record<string, unknown>>, place: string): PreTokenizer {
  const pattern = json.pattern as Record<string, unknown> | undefined;
  const kind = pattern && ['Regex', 'String'].find((key) => typeof pattern[key] === 'string');
  if (!kind)
    throw new AthanorError('bad-file', `${place}.pattern: expected {"Regex": "…"} or {"String": "…"}`, { place });
  const behavior = splitBehaviors.find((name) => name === json.behavior);
  if (!behavior) {
    const hint = `One of ${splitBehaviors.join(', ')}.`;
    throw new AthanorError('bad-file', `${place}.behavior: unknown behavior ${JSON.stringify(json.behavior)}`, {
      place,
      hint,
    });
  }
  return split(
    { pattern: { [kind]: pattern[kind] } as SplitOptions['pattern'], behavior, invert: json.invert === true },
    place,
  );
}
