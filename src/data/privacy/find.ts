/**
 * All personal data in a text: cuts long texts into pieces, runs the detectors on each, and settles overlaps. Time is
 * linear in the text and, beside the findings, memory does not grow with it. Knows nothing about what is done with them.
 */
import { type DetectorOptions, type PiiSpan, type PiiType, piiTypes } from './detector.ts';
import { detectors } from './registry.ts';
import { viewOf } from './text-view.ts';

export interface FindOptions extends Partial<DetectorOptions> {
  /** Default: all of them. */
  readonly types?: readonly PiiType[];
}

const PIECE = 1 << 18;
/** How far before a piece's end a place to cut is looked for. */
const SEARCH = 1 << 16;

/**
 * Findings of the given types in order.
 * @param settle makes of the findings in one piece of the text those that count, in order; by default the longest of
 *   those that overlap
 */
export function findPii(
  text: string,
  options: FindOptions = {},
  settle: (spans: PiiSpan[]) => readonly PiiSpan[] = withoutOverlaps,
): PiiSpan[] {
  const { types = piiTypes, obfuscatedEmail = true, ipScope = 'all' } = options;
  const result: PiiSpan[] = [];
  for (let start = 0; start < text.length; ) {
    const stop = cut(text, start);
    const view = viewOf(start === 0 && stop === text.length ? text : text.slice(start, stop));
    const spans: PiiSpan[] = [];
    for (const type of types) {
      const found = (from: number, to: number): void => {
        const [first, last] = view.original(from, to);
        spans.push({ type, start: start + first, end: start + last });
      };
      detectors[type].find(view, found, { obfuscatedEmail, ipScope });
    }
    for (const span of spans.length === 0 ? spans : settle(spans)) result.push(span);
    start = stop;
  }
  return result;
}

/** Where the piece that begins at `start` ends: behind a blank line, a line, or a space, where there is one. */
function cut(text: string, start: number): number {
  if (text.length - start <= PIECE + SEARCH) return text.length;
  const from = start + PIECE - SEARCH;
  const tail = text.slice(from, start + PIECE);
  for (const boundary of ['\n\n', '\n', '。', ' ']) {
    const at = tail.lastIndexOf(boundary);
    if (at >= 0) return from + at + boundary.length;
  }
  return start + PIECE;
}

const rank = new Map<PiiType, number>(piiTypes.map((type, i) => [type, i]));

/**
 * Settles overlaps: the longest wins, then the type that stands first in `piiTypes`, then the earlier one. What the
 * loser covers beside the winner stays found under its own name, so that nothing found is lost.
 */
export function withoutOverlaps(spans: readonly PiiSpan[]): PiiSpan[] {
  const ordered = [...spans].sort(
    (a, b) => a.start - b.start || b.end - a.end || rank.get(a.type)! - rank.get(b.type)!,
  );
  const result: PiiSpan[] = [];
  for (let first = 0; first < ordered.length; ) {
    let end = ordered[first]!.end;
    let next = first + 1;
    while (next < ordered.length && ordered[next]!.start < end) end = Math.max(end, ordered[next++]!.end);
    if (next === first + 1) result.push(ordered[first]!);
    else result.push(...settle(ordered.slice(first, next)));
    first = next;
  }
  return result;
}

const LONGEST_GROUP = 100;

/** One group of findings that hang together. */
function settle(group: PiiSpan[]): PiiSpan[] {
  group.sort(
    (a, b) => b.end - b.start - (a.end - a.start) || rank.get(a.type)! - rank.get(b.type)! || a.start - b.start,
  );
  // Hostile text alone makes chains of that length: there the earlier finding wins.
  if (group.length > LONGEST_GROUP) group.sort((a, b) => a.start - b.start || b.end - a.end);
  const winners: PiiSpan[] = [];
  for (const span of group) {
    let pieces: PiiSpan[] = [span];
    if (group.length > LONGEST_GROUP) {
      const covered = winners.at(-1)?.end ?? 0;
      if (span.end > covered) winners.push({ ...span, start: Math.max(span.start, covered) });
      continue;
    }
    for (const winner of winners) pieces = pieces.flatMap((piece) => minus(piece, winner));
    winners.push(...pieces);
  }
  return winners.sort((a, b) => a.start - b.start);
}

function minus(span: PiiSpan, other: PiiSpan): PiiSpan[] {
  if (other.end <= span.start || other.start >= span.end) return [span];
  const rest: PiiSpan[] = [];
  if (span.start < other.start) rest.push({ ...span, end: other.start });
  if (other.end < span.end) rest.push({ ...span, start: other.end });
  return rest;
}
