/**
 * A piece of text as the detectors see it: full-width and other digits, letters and hyphens folded to ASCII, invisible
 * characters left out, with the way back to the original offsets; and the few places where personal data can be. Clean
 * text costs little more than the passes made here, over UTF-16 units in a buffer.
 */

/** Maximal runs of ASCII digits. */
export interface DigitRuns {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Digits from here on over single separators (space . - / brackets), counted up to about 30 characters. */
  readonly ahead: readonly number[];
}

export interface TextView {
  readonly text: string;
  readonly digits: DigitRuns;
  readonly ats: readonly number[];
  /** Places of `:`, `=` and the full-width colon. */
  readonly colons: readonly number[];
  /** Brackets before `a`, `@` or 艾, which may stand for an @. */
  readonly brackets: readonly number[];
  /** Starts and ends, in turn, of runs of 16 or more of `A-Za-z0-9_-+/=.~`. */
  readonly tokens: readonly number[];
  /** The span in the original text. */
  readonly original: (start: number, end: number) => readonly [number, number];
}

/** Longer pieces of text must be cut before. */
export const MAX_VIEW = 1 << 19;

const scratch = Buffer.alloc(2 * MAX_VIEW);
const units = new Uint16Array(scratch.buffer, scratch.byteOffset, MAX_VIEW);

/** For each UTF-16 unit what it is read as; 0 for what is left out. */
const READ_AS = new Uint16Array(65536).map((_, unit) => unit);
const LEFT_OUT = 0;
// Lines of [first, last, what the first one is read as, whether the others count on from it].
const folds: readonly (readonly [number, number, number, boolean])[] = [
  [0xff0b, 0xff0b, 0x2b, true], // + and the ASCII forms below; brackets, commas and colons stay as they are
  [0xff0d, 0xff19, 0x2d, true],
  [0xff1d, 0xff1d, 0x3d, true],
  [0xff20, 0xff3a, 0x40, true],
  [0xff3f, 0xff3f, 0x5f, true],
  [0xff41, 0xff5a, 0x61, true],
  [0x0660, 0x0669, 0x30, true], // Arabic, Persian and Devanagari digits
  [0x06f0, 0x06f9, 0x30, true],
  [0x0966, 0x096f, 0x30, true],
  [0x2010, 0x2015, 0x2d, false], // hyphens and dashes
  [0x2212, 0x2212, 0x2d, false],
  [0xfe58, 0xfe58, 0x2d, false],
  [0xfe63, 0xfe63, 0x2d, false],
  [0x00a0, 0x00a0, 0x20, false], // spaces
  [0x2000, 0x200a, 0x20, false],
  [0x202f, 0x202f, 0x20, false],
  [0x205f, 0x205f, 0x20, false],
  [0x3000, 0x3000, 0x20, false],
  [0x00ad, 0x00ad, LEFT_OUT, false], // soft hyphen, zero-width and direction marks, keycap and variation marks
  [0x180e, 0x180e, LEFT_OUT, false],
  [0x200b, 0x200f, LEFT_OUT, false],
  [0x202a, 0x202e, LEFT_OUT, false],
  [0x2060, 0x2064, LEFT_OUT, false],
  [0x2066, 0x2069, LEFT_OUT, false],
  [0x20e3, 0x20e3, LEFT_OUT, false],
  [0xfe0e, 0xfe0f, LEFT_OUT, false],
  [0xfeff, 0xfeff, LEFT_OUT, false],
];
const [FOLD, DIGIT, AT, COLON, BRACKET, TOKEN] = [1, 2, 4, 8, 16, 32];
const KIND = new Uint8Array(65536);
for (const [first, last, as, counting] of folds) {
  for (let unit = first; unit <= last; unit++) {
    READ_AS[unit] = counting ? as + unit - first : as;
    KIND[unit] = FOLD;
  }
}
// Mathematical digits, U+1D7CE–1D7FF, in two units.
const MATH_HIGH = 0xd835;
KIND[MATH_HIGH] = FOLD;
for (const [kind, characters] of [
  [DIGIT, '0123456789'],
  [AT, '@'],
  [COLON, ':=：'],
  [BRACKET, '([{<【（'],
  [TOKEN, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/.~='],
] as const) {
  for (const character of characters) KIND[character.charCodeAt(0)]! |= kind;
}
const PLACES = DIGIT | AT | COLON | BRACKET;
const MIN_TOKEN = 16;

export function viewOf(source: string): TextView {
  scratch.write(source, 'utf16le');
  let { length } = source;
  let [text, original]: [string, TextView['original']] = [source, (start, end) => [start, end]];
  if (needsFold(length)) {
    const places = foldUnits(length);
    length -= places.length;
    text = scratch.toString('utf16le', 0, 2 * length);
    if (places.length > 0) original = (start, end) => originalSpan(source, places, start, end);
  }
  return { text, ...placesIn(length), tokens: tokensIn(length), original };
}

function needsFold(length: number): boolean {
  for (let i = 0; i < length; i++) if ((KIND[units[i]!]! & FOLD) !== 0) return true;
  return false;
}

/** Folds the buffer in place. Returns the places in the result before which units of the original are left out. */
function foldUnits(length: number): number[] {
  const places: number[] = [];
  let to = 0;
  for (let i = 0; i < length; i++) {
    const unit = units[i]!;
    const next = units[i + 1]!;
    if (unit === MATH_HIGH && i + 1 < length && isMathDigit(next)) {
      units[to++] = 48 + ((next - 0xdfce) % 10);
      i++;
      places.push(to);
      continue;
    }
    const read = READ_AS[unit]!;
    if (read === LEFT_OUT && unit !== 0) places.push(to);
    else units[to++] = read;
  }
  return places;
}

/** Second unit of a mathematical digit. */
function isMathDigit(unit: number): boolean {
  return unit >= 0xdfce && unit <= 0xdfff;
}

function originalSpan(source: string, places: readonly number[], start: number, end: number): [number, number] {
  const last = end - 1 + countUpTo(places, end - 1);
  const pair = source.charCodeAt(last) === MATH_HIGH && isMathDigit(source.charCodeAt(last + 1));
  return [start + countUpTo(places, start), last + (pair ? 2 : 1)];
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placesIn(length: number): Pick<TextView, 'digits' | 'ats' | 'colons' | 'brackets'> {
  const [starts, ends, ahead]: [number[], number[], number[]] = [[], [], []];
  const ats: number[] = [];
  const colons: number[] = [];
  const brackets: number[] = [];
  for (let i = 0; i < length; i++) {
    const kind = KIND[units[i]!]! & PLACES;
    if (kind === 0) continue;
    if (kind === DIGIT) {
      starts.push(i);
      ahead.push(digitsAhead(i, length));
      while (i + 1 < length && isDigit(units[i + 1]!)) i++;
      ends.push(i + 1);
    } else if (kind === AT) ats.push(i);
    else if (kind === COLON) colons.push(i);
    else {
      const next = units[units[i + 1] === 32 ? i + 2 : i + 1]!;
      if (i + 3 < length && (next === 64 || (next | 32) === 97 || next === 0x827e)) brackets.push(i);
    }
  }
  return { digits: { starts, ends, ahead }, ats, colons, brackets };
}

function digitsAhead(from: number, length: number): number {
  let digits = 0;
  let separators = 0;
  const end = Math.min(length, from + 32);
  for (let i = from; i < end; i++) {
    const unit = units[i]!;
    if (isDigit(unit)) {
      digits++;
      separators = 0;
    } else if (!isSeparator(unit) || ++separators > 3) break;
  }
  return digits;
}

/** Long tokens, found by looking at the last unit of where the next one could stand first. */
function tokensIn(length: number): number[] {
  const tokens: number[] = [];
  let start = 0;
  while (start + MIN_TOKEN <= length) {
    let at = start + MIN_TOKEN - 1;
    while (at >= start && (KIND[units[at]!]! & TOKEN) !== 0) at--;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + MIN_TOKEN;
    while (end < length && (KIND[units[end]!]! & TOKEN) !== 0) end++;
    tokens.push(start, end);
    start = end + 1;
  }
  return tokens;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** ASCII letters. */
export function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

export function isWord(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === 95;
}

export function isHan(code: number): boolean {
  return code >= 0x4e00 && code <= 0x9fff;
}

/** Space, `-`, `.`, `/`, round brackets (also full-width ones). */
export function isSeparator(code: number): boolean {
  return code === 32 || (code >= 45 && code <= 47) || code === 40 || code === 41 || code === 0xff08 || code === 0xff09;
}

/** Whether a line end or a tab spelled as in JSON (`\n`, `\t`) ends before `at`. */
export function isAfterEscape(text: string, at: number): boolean {
  return text.charCodeAt(at - 2) === 92 && 'nrt'.includes(text[at - 1]!);
}
