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

/** Joins matches with what is before or behind them, or with each other. */
function merged(
  length: number,
  matches: readonly number[],
  behavior: 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous',
  invert: boolean,
): number[] {
  // All spans, one behind the other, by their ends: the text is covered without a gap.
  const ends: number[] = [];
  const isMatch: boolean[] = [];
  let covered = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const start = matches[i]!;
    const end = matches[i + 1]!;
    if (start === end && i > 0 && start === covered) continue;
    if (start > covered) {
      ends.push(start);
      isMatch.push(invert);
    }
    ends.push(end);
    isMatch.push(!invert);
    covered = end;
  }
  if (covered < length) {
    ends.push(length);
    isMatch.push(invert);
  }
  return joined(ends, joints(isMatch, behavior));
}

/** For each span whether it is one piece with the span before it. */
function joints(isMatch: readonly boolean[], behavior: 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous') {
  const joins = new Array<boolean>(isMatch.length).fill(false);
  if (behavior === 'Contiguous') {
    for (let i = 1; i < isMatch.length; i++) joins[i] = isMatch[i] === isMatch[i - 1];
  } else if (behavior === 'MergedWithPrevious') {
    for (let i = 1; i < isMatch.length; i++) joins[i] = isMatch[i]! && !isMatch[i - 1]!;
  } else {
    for (let i = 1; i < isMatch.length; i++) joins[i] = isMatch[i - 1]! && !isMatch[i]!;
  }
  return joins;
}

/** The joined spans that are not empty. */
function joined(ends: readonly number[], joins: readonly boolean[]): number[] {
  const spans: number[] = [];
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    if (joins[i + 1]) continue;
    if (ends[i]! > start) spans.push(start, ends[i]!);
    start = ends[i]!;
  }
  return spans;
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
