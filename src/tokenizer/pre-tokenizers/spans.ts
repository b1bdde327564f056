/** From the matches of a pattern to the pieces of a text: Hugging Face's SplitDelimiterBehavior (NormalizedString::split). */
import { badFile } from '../hf/component.ts';

export const splitBehaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

/** `behavior` of a component. @throws AthanorError('bad-file') */
export function readBehavior(json: unknown, place: string, fallback?: SplitBehavior): SplitBehavior {
  const behavior = splitBehaviors.find((name) => name === (json ?? fallback));
  if (!behavior) throw badFile(place, `expected one of ${splitBehaviors.join(', ')}`, json);
  return behavior;
}

/**
 * The pieces of a text, as flat pairs, none empty.
 * @param matches flat pairs [start, end, …], ascending; an empty one cuts where it stands, unless right behind another
 * @param invert swap what matches and what does not
 */
export function splitSpans(
  length: number,
  matches: readonly number[],
  behavior: SplitBehavior,
  invert = false,
): readonly number[] {
  if (behavior === 'Isolated') return isolated(length, matches);
  if (behavior === 'Removed') return invert ? matches.filter(notEmpty) : between(length, matches);
  return merged(length, matches, behavior, invert);
}

/** Keeps the pairs whose ends differ; called for each number of a flat list. */
function notEmpty(_value: number, i: number, pairs: readonly number[]): boolean {
  return pairs[i - (i % 2)] !== pairs[i - (i % 2) + 1];
}

/** Matches, and what lies between them. */
function isolated(length: number, matches: readonly number[]): number[] {
  const spans: number[] = [];
  let end = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const start = matches[i]!;
    if (start > end) spans.push(end, start);
    end = matches[i + 1]!;
    if (end > start) spans.push(start, end);
  }
  if (end < length) spans.push(end, length);
  return spans;
}

/** What lies between the matches. */
function between(length: number, matches: readonly number[]): number[] {
  const spans: number[] = [];
  let end = 0;
  for (let i = 0; i < matches.length; i += 2) {
    if (matches[i]! > end) spans.push(end, matches[i]!);
    end = matches[i + 1]!;
  }
  if (end < length) spans.push(end, length);
  return spans;
}

interface Span {
  start: number;
  end: number;
  readonly match: boolean;
}

function merged(
  length: number,
  matches: readonly number[],
  behavior: 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous',
  invert: boolean,
): number[] {
  const spans: Span[] = [];
  let covered = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const start = matches[i]!;
    const end = matches[i + 1]!;
    if (start === end && i > 0 && start === covered) continue;
    if (start > covered) spans.push({ start: covered, end: start, match: invert });
    spans.push({ start, end, match: !invert });
    covered = end;
  }
  if (covered < length) spans.push({ start: covered, end: length, match: invert });
  const backwards = behavior === 'MergedWithNext';
  const out: Span[] = [];
  let previousMatch = false;
  for (const span of backwards ? spans.reverse() : spans) {
    const joins = behavior === 'Contiguous' ? span.match === previousMatch : span.match && !previousMatch;
    const last = out.at(-1);
    if (!joins || !last) out.push(span);
    else if (backwards) last.start = span.start;
    else last.end = span.end;
    previousMatch = span.match;
  }
  if (backwards) out.reverse();
  return out.flatMap(({ start, end }) => (start < end ? [start, end] : []));
}

/** The characters of a class as matches of one character each. */
export function characterMatches(text: string, isMember: (codePoint: number) => boolean): number[] {
  const matches: number[] = [];
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const next = i + (codePoint > 0xffff ? 2 : 1);
    if (isMember(codePoint)) matches.push(i, next);
    i = next;
  }
  return matches;
}
