/** Lines and paragraphs of a text. */
import { isSpace } from './characters.ts';

/** Called with a line's first unit, the unit behind its last, and where the next line begins. */
export type EachLine = (start: number, end: number, next: number) => void;

/** Line ends as Unicode's newline guidelines (ch. 5.8) and Python's `splitlines` have them; CR LF is one. */
function isLineEnd(unit: number): boolean {
  if (unit > 0x1e) return unit === 0x85 || unit === 0x2028 || unit === 0x2029;
  return (unit >= 0x0a && unit <= 0x0d) || unit >= 0x1c;
}

/** Calls `each` for every line, in order. A line end at the end of the text begins no further line. */
export function eachLine(text: string, each: EachLine): void {
  const length = text.length;
  let start = 0;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (!isLineEnd(unit)) continue;
    const next = unit === 0x0d && text.charCodeAt(at + 1) === 0x0a ? at + 2 : at + 1;
    each(start, at, next);
    start = next;
    at = next - 1;
  }
  if (start < length) each(start, length, length);
}

/** The lines of a text without their ends; empty ones included. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  eachLine(text, (start, end) => {
    lines.push(text.slice(start, end));
  });
  return lines;
}

/** How many lines hold something beside white space. */
export function countLines(text: string): number {
  let lines = 0;
  eachLine(text, (start, end) => {
    if (!isBlank(text, start, end)) lines++;
  });
  return lines;
}

/** Paragraphs: what blank lines (empty, or white space only) separate, inner line ends kept, ends trimmed. */
export function splitParagraphs(text: string): string[] {
  const paragraphs: string[] = [];
  let first = -1;
  let last = 0;
  eachLine(text, (start, end) => {
    if (!isBlank(text, start, end)) {
      if (first < 0) first = start;
      last = end;
    } else if (first >= 0) {
      paragraphs.push(text.slice(first, last).trim());
      first = -1;
    }
  });
  if (first >= 0) paragraphs.push(text.slice(first, last).trim());
  return paragraphs;
}

/** Whether a stretch of text holds nothing but white space. */
export function isBlank(text: string, start = 0, end = text.length): boolean {
  for (let at = start; at < end; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}
