/**
 * Spans as tags on tokens, and back: BIO (IOB2, Ramshaw & Marcus 1995) out; IOB1, IOB2, BIOES and BMES in. Reading is
 * lenient as `conlleval` and seqeval are: an inside tag that follows nothing of its type begins an entity.
 */
import type { Span } from './schema.ts';

export interface Token extends Span {
  readonly text: string;
}

/**
 * Tokens for tagging: runs of letters, digits and marks, each Han or kana character alone, each other sign alone; white
 * space is between tokens. No character of the text but white space is left out.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const start = match.index;
    tokens.push({ start, end: start + match[0].length, text: match[0] });
  }
  return tokens;
}

const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+|[^\s]/gu;

/** Cuts tokens where spans begin or end inside them, so that tags lose nothing. */
export function cutAtSpans(tokens: readonly Token[], spans: readonly Span[]): Token[] {
  const cuts = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const result: Token[] = [];
  let next = 0;
  for (const token of tokens) {
    let start = token.start;
    while (next < cuts.length && cuts[next]! <= start) next++;
    for (; next < cuts.length && cuts[next]! < token.end; next++) {
      const end = cuts[next]!;
      result.push({ start, end, text: token.text.slice(start - token.start, end - token.start) });
      start = end;
    }
    result.push(start === token.start ? token : { start, end: token.end, text: token.text.slice(start - token.start) });
  }
  return result;
}

export interface Labelled extends Span {
  readonly label: string;
}

/** Of overlapping spans the longest stays (of equal ones the first): BIO has one tag a token. */
export function withoutOverlaps<Kind extends Labelled>(spans: readonly Kind[]): { kept: Kind[]; lost: Kind[] } {
  const order = [...spans].sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  const kept: Kind[] = [];
  const lost: Kind[] = [];
  // Kept spans by where they begin, ascending; they do not overlap, so neighbours decide.
  const starts: Kind[] = [];
  for (const span of order) {
    let low = 0;
    for (let high = starts.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (starts[middle]!.start < span.start) low = middle + 1;
      else high = middle;
    }
    const before = starts[low - 1];
    const after = starts[low];
    if ((before !== undefined && before.end > span.start) || (after !== undefined && after.start < span.end))
      lost.push(span);
    else {
      starts.splice(low, 0, span);
      kept.push(span);
    }
  }
  return { kept: kept.sort((a, b) => a.start - b.start), lost };
}

/** BIO tags of tokens under spans that do not overlap. A token belongs to the span that it begins in. */
export function tagsOf(tokens: readonly Token[], spans: readonly Labelled[]): string[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  let next = 0;
  let last: Labelled | undefined;
  return tokens.map(({ start, end }) => {
    while (next < sorted.length && sorted[next]!.end <= start) next++;
    const span = sorted[next];
    if (span === undefined || span.start >= end) return 'O';
    const tag = `${last === span ? 'I' : 'B'}-${span.label}`;
    last = span;
    return tag;
  });
}

/** Entities as token ranges `[first, last]` from tags of any of the schemes. */
export function rangesOf(tags: readonly string[]): { label: string; first: number; last: number }[] {
  const ranges: { label: string; first: number; last: number }[] = [];
  let open: { label: string; first: number } | undefined;
  const close = (last: number) => {
    if (open) ranges.push({ ...open, last });
    open = undefined;
  };
  for (const [i, tag] of tags.entries()) {
    const [, prefix, label] = /^([BIOESMLUW])-(.+)$/u.exec(tag) ?? [];
    if (prefix === undefined || prefix === 'O' || label === undefined) {
      close(i - 1);
      continue;
    }
    const begins = 'BSUW'.includes(prefix) || open === undefined || open.label !== label;
    if (begins) {
      close(i - 1);
      open = { label, first: i };
    }
    if ('ESLUW'.includes(prefix)) close(i);
  }
  close(tags.length - 1);
  return ranges;
}
