/**
 * MAC addresses (EUI-48): six pairs with `:` or `-`, or three groups of four with dots. Not parts of longer chains
 * (fingerprints), nor all zeros or all ones.
 */
import type { Detector } from '../detector.ts';
import { isWord } from '../text-view.ts';

const PAIRS = /[0-9A-F]{2}([:-])(?:[0-9A-F]{2}\1){4}[0-9A-F]{2}(?![:-]?[0-9A-Z_])/iy;
const QUADS = /[0-9A-F]{4}\.[0-9A-F]{4}\.[0-9A-F]{4}(?!\.?[0-9A-Z_])/iy;

export const mac: Detector = {
  type: 'mac',
  find({ text, digits, colons }, found) {
    let last = 0;
    const tryAt = (start: number, pattern: RegExp): void => {
      if (start < last) return;
      const before = text.charCodeAt(start - 1);
      if (isWord(before) || ((before === 58 || before === 45 || before === 46) && isWord(text.charCodeAt(start - 2)))) {
        return;
      }
      pattern.lastIndex = start;
      const match = pattern.exec(text);
      if (!match || /^(?:[0:.-]+|[F:.-]+)$/i.test(match[0]) || (pattern === QUADS && !/[a-f]/i.test(match[0]))) return;
      found(start, start + match[0].length);
      last = start + match[0].length;
    };
    for (const colon of colons) if (colon >= 2) tryAt(colon - 2, PAIRS);
    last = 0;
    for (let i = 0; i < digits.starts.length; i++) {
      if (digits.ends[i]! - digits.starts[i]! > 4) continue;
      if (!joins(text.charCodeAt(digits.ends[i]!)) && !joins(text.charCodeAt(digits.starts[i]! - 1))) continue;
      const token = tokenStart(text, digits.starts[i]!);
      if (text[token + 2] === '-') tryAt(token, PAIRS);
      else if (text[token + 4] === '.') tryAt(token, QUADS);
    }
  },
};

/** Hyphen, dot, or a hexadecimal letter. */
function joins(code: number): boolean {
  const lower = code | 32;
  return code === 45 || code === 46 || (lower >= 97 && lower <= 102);
}

/** Start of the run of letters, digits, `-` and `.` that `at` stands in, at most 14 characters back. */
function tokenStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < 14) {
    const code = text.charCodeAt(start - 1);
    if (!isWord(code) && code !== 45 && code !== 46) break;
    start--;
  }
  return start;
}
