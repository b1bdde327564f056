/**
 * A text as tokens, for rules that count words: what starts and ends where, how long it is, what it is made of. Typed
 * arrays, no strings. The last text is remembered, as several steps in a row ask for the same one.
 */
import { classOf, codePointAt, digit, format, ideograph, letter, mark, space } from './characters.ts';

/**
 * `words`: words as in words.ts, but with apostrophes and full stops between letters and `.`, `,` between digits kept
 * inside (Unicode Annex 29), and each run of one punctuation mark or symbol a token of its own, much as spaCy does. `whitespace`: what stands between white space, as in Python's `str.split`.
 */
export const tokenModes = ['words', 'whitespace'] as const;
export type TokenMode = (typeof tokenModes)[number];

/** Bits of `flags`. */
export const hasLetter = 1;
export const hasWordCharacter = 2;
export const isIdeograph = 4;

export interface Tokens {
  readonly text: string;
  readonly count: number;
  /** Where each token begins and ends, in UTF-16 units. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Code points of all tokens before this one; one longer than the others. */
  readonly lengthBefore: Int32Array;
  readonly flags: Uint8Array;
  /** Tokens that hold a letter, a digit or an ideograph, and the code points of these tokens. */
  readonly words: number;
  readonly wordLength: number;
  /** Tokens that are one ideograph. */
  readonly ideographs: number;
}

let last: { readonly mode: TokenMode; readonly tokens: Tokens } | undefined;

/** Texts longer than this (in units) are not remembered. */
const remembered = 1 << 20;

export function tokensOf(text: string, mode: TokenMode): Tokens {
  if (last !== undefined && last.mode === mode && last.tokens.text === text) return last.tokens;
  const tokens = tokenise(text, mode);
  last = text.length <= remembered ? { mode, tokens } : undefined;
  return tokens;
}

/** Grows as tokens come: a text's length is a poor guess of their number. */
class Builder {
  starts: Int32Array;
  ends: Int32Array;
  lengthBefore: Int32Array;
  flags: Uint8Array;
  count = 0;
  words = 0;
  wordLength = 0;
  ideographs = 0;

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.lengthBefore = new Int32Array(capacity + 1);
    this.flags = new Uint8Array(capacity);
  }

  add(start: number, end: number, length: number, flags: number): void {
    const at = this.count;
    if (at === this.flags.length) this.grow();
    this.starts[at] = start;
    this.ends[at] = end;
    this.lengthBefore[at + 1] = this.lengthBefore[at]! + length;
    this.flags[at] = flags;
    this.count = at + 1;
    if ((flags & hasWordCharacter) === 0) return;
    this.words++;
    this.wordLength += length;
    if ((flags & isIdeograph) !== 0) this.ideographs++;
  }

  private grow(): void {
    const capacity = this.flags.length * 2;
    const grown = (from: Int32Array, to: number) => {
      const copy = new Int32Array(to);
      copy.set(from);
      return copy;
    };
    this.starts = grown(this.starts, capacity);
    this.ends = grown(this.ends, capacity);
    this.lengthBefore = grown(this.lengthBefore, capacity + 1);
    const flags = new Uint8Array(capacity);
    flags.set(this.flags);
    this.flags = flags;
  }
}

function tokenise(text: string, mode: TokenMode): Tokens {
  const builder = new Builder(Math.max(16, Math.ceil(text.length / (mode === 'words' ? 4 : 5))));
  if (mode === 'words') splitAtMarks(text, builder);
  else splitAtSpace(text, builder);
  const { count, starts, ends, lengthBefore, flags, words, wordLength, ideographs } = builder;
  return { text, count, starts, ends, lengthBefore, flags, words, wordLength, ideographs };
}

function splitAtMarks(text: string, builder: Builder): void {
  let start = -1;
  let length = 0;
  let flags = 0;
  for (let at = 0; at < text.length; ) {
    const codePoint = codePointAt(text, at);
    let next = codePoint > 0xffff ? at + 2 : at + 1;
    const kind = classOf(codePoint);
    if (kind === letter || kind === digit || kind === mark) {
      if (start < 0) {
        start = at;
        length = 0;
        flags = 0;
      }
      length++;
      flags |= kind === letter ? hasLetter | hasWordCharacter : hasWordCharacter;
    } else if (start >= 0 && (kind === format || standsInside(text, at, codePoint))) {
      length++;
    } else {
      if (start >= 0) builder.add(start, at, length, flags);
      start = -1;
      if (kind === ideograph) builder.add(at, next, 1, hasLetter | hasWordCharacter | isIdeograph);
      else if (kind !== space) {
        length = 1;
        for (const size = next - at; codePointAt(text, next) === codePoint; next += size) length++;
        builder.add(at, next, length, 0);
      }
    }
    at = next;
  }
  if (start >= 0) builder.add(start, text.length, length, flags);
}

/** Whether a mark between two characters of a word belongs to it: `don't`, `example.com`, `3,000.5`, `a_b`. */
function standsInside(text: string, at: number, unit: number): boolean {
  if (unit !== 0x2e && unit !== 0x27 && unit !== 0x2019 && unit !== 0x2c && unit !== 0x5f) return false;
  const before = classOf(text.charCodeAt(at - 1));
  const after = at + 1 < text.length ? classOf(codePointAt(text, at + 1)) : space;
  if (before === digit && after === digit) return true;
  if (unit === 0x5f) return (before === letter || before === digit) && (after === letter || after === digit);
  return unit !== 0x2c && before === letter && after === letter;
}

function splitAtSpace(text: string, builder: Builder): void {
  let start = -1;
  let length = 0;
  let flags = 0;
  for (let at = 0; at < text.length; ) {
    const codePoint = codePointAt(text, at);
    const next = codePoint > 0xffff ? at + 2 : at + 1;
    const kind = classOf(codePoint);
    if (kind === space) {
      if (start >= 0) builder.add(start, at, length, flags);
      start = -1;
    } else {
      if (start < 0) {
        start = at;
        length = 0;
        flags = 0;
      }
      length++;
      if (kind === letter || kind === ideograph) flags |= hasLetter | hasWordCharacter;
      else if (kind === digit || kind === mark) flags |= hasWordCharacter;
    }
    at = next;
  }
  if (start >= 0) builder.add(start, text.length, length, flags);
}

/** Whether more than half of the words of a text are single ideographs: Chinese or Japanese. */
export function isMainlyIdeographic(tokens: Tokens): boolean {
  return tokens.ideographs * 2 > tokens.words;
}
