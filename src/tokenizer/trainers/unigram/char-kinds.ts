/**
 * Which strings may be pieces of a Unigram vocabulary: SentencePiece's IsValidSentencePiece (trainer_interface.cc). Knows
 * characters by their place in an alphabet.
 */
import { scriptOf } from '../../characters/classes.ts';

export interface PieceRules {
  /** The rarest characters, 1 − coverage of the text, become unknown. */
  readonly characterCoverage: number;
  /** Longest piece in characters. */
  readonly maxPieceLength: number;
  /** A piece has `▁` only at its beginning. */
  readonly splitByWhitespace: boolean;
  /** A piece has one script; Han, Hiragana and Katakana count as one. */
  readonly splitByUnicodeScript: boolean;
  /** Digits have no script, so they are cut off letters; otherwise they go with any. */
  readonly splitByNumber: boolean;
  /** Every digit is a piece of its own. */
  readonly splitDigits: boolean;
  /** In the alphabet whether the text has them or not. */
  readonly requiredChars: Iterable<string>;
}

/** ▁ */
export const spaceChar = 0x2581;

const commonScript = scriptOf(0x21);
const inheritedScript = scriptOf(0x300);
const anyScript = -1;

/** Digits that go with any script, and marks that inherit theirs: those may begin a piece, and then go with any as well. */
function isFree(script: number): boolean {
  return script === anyScript || script === inheritedScript;
}

/** What has no script of its own, or is newer than the table, is Common. */
function script(char: number): number {
  return scriptOf(char) || commonScript;
}

/** What the rules ask of the characters of the alphabet, by place. */
export class CharKinds {
  readonly #rules: PieceRules;
  readonly #scripts: Int16Array;
  readonly #isDigit: Uint8Array;
  readonly #isSpace: Uint8Array;
  readonly #isCommon: Uint8Array;

  constructor(alphabet: Int32Array, rules: PieceRules) {
    this.#rules = rules;
    this.#isDigit = Uint8Array.from(alphabet, (char) => (isDigit(char) ? 1 : 0));
    this.#isSpace = Uint8Array.from(alphabet, (char) => (char === spaceChar ? 1 : 0));
    this.#isCommon = Uint8Array.from(alphabet, (char) => (script(char) === commonScript ? 1 : 0));
    this.#scripts = Int16Array.from(alphabet, (char) =>
      !rules.splitByNumber && isDigit(char) ? anyScript : script(char),
    );
  }

  /** Punctuation marks, digits, symbols: what belongs to no script. */
  isCommon(place: number): boolean {
    return this.#isCommon[place] === 1;
  }

  /** Whether no piece may have the two characters next to each other. */
  isBorder(left: number, right: number): boolean {
    const { splitByWhitespace, splitDigits, splitByUnicodeScript } = this.#rules;
    if (this.#isSpace[right]) return splitByWhitespace;
    if (splitDigits && (this.#isDigit[left] || this.#isDigit[right])) return true;
    if (!splitByUnicodeScript || this.#isSpace[left]) return false;
    const before = this.#scripts[left]!;
    const after = this.#scripts[right]!;
    return before !== after && !isFree(before) && !isFree(after);
  }

  isPiece(text: Int32Array, from: number, to: number): boolean {
    const { splitByWhitespace, splitDigits, splitByUnicodeScript, maxPieceLength } = this.#rules;
    const length = to - from;
    if (length > maxPieceLength) return false;
    let script = anyScript;
    for (let at = from; at < to; at++) {
      const place = text[at]! - 1;
      if (this.#isSpace[place]) {
        if (at > from && (splitByWhitespace || at === to - 1)) return false;
        continue;
      }
      if (splitDigits && this.#isDigit[place] && length > 1) return false;
      const own = this.#scripts[place]!;
      if (own === inheritedScript) continue;
      if (splitByUnicodeScript && own !== anyScript && script !== anyScript && script !== own) return false;
      script = own;
    }
    return true;
  }
}

/** ASCII and full-width digits (is_unicode_decimal_number). */
function isDigit(char: number): boolean {
  return (char >= 0x30 && char <= 0x39) || (char >= 0xff10 && char <= 0xff19);
}
