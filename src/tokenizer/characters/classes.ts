/**
 * The classes of characters that Hugging Face's components ask for, each at the Unicode version of the Rust crate
 * that answers there (see tables.gen.ts), whatever the JavaScript engine knows. Predicates take code points.
 */
import { codePointSet, codePointTable } from './ranges.ts';
import {
  combiningRanges,
  controlRanges,
  lateFormRanges,
  nonspacingRanges,
  numericRanges,
  punctuationRanges,
  scriptRanges,
  wordRanges,
} from './tables.gen.ts';

/** White_Space, unchanged since Unicode 6.3: Rust's `char::is_whitespace` and the `\s` of its regular expressions. */
export function isWhitespace(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint === 0x20 || (codePoint >= 9 && codePoint <= 13);
  return (
    codePoint === 0xa0 ||
    codePoint === 0x85 ||
    codePoint === 0x3000 ||
    (codePoint >= 0x2000 && codePoint <= 0x200a) ||
    codePoint === 0x2028 ||
    codePoint === 0x2029 ||
    codePoint === 0x202f ||
    codePoint === 0x205f ||
    codePoint === 0x1680
  );
}

/** White_Space as the inside of a character class. */
export const whitespaceClass = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** `char::is_numeric`: general category N (Unicode 17). */
export const isNumeric = codePointSet(numericRanges);

/** `char::is_ascii_punctuation`, or general category P of unicode_categories (Unicode 8). */
export const isPunctuation = codePointSet(punctuationRanges);

/** `\w` of the crate regex (Unicode 16): letters, marks, decimal digits, connectors, joiners. */
export const isWord = codePointSet(wordRanges);

/** What BERT's clean_text drops: NUL, U+FFFD, Cc without tab and line ends, Cf and Co of unicode_categories (8). */
export const isBertControl = codePointSet(controlRanges);

/** Mn of unicode_categories (Unicode 8), for text in NFD. */
export const isNonspacingMark = codePointSet(nonspacingRanges);

/** M of unicode-normalization-alignments (Unicode 9). */
export const isCombiningMark = codePointSet(combiningRanges);

/** Whether Unicode 9 has no decomposition, combining class or composition for a code point that newer ones do. */
export const isLateForm = codePointSet(lateFormRanges);

/** Number of the script as the pre-tokenizer UnicodeScripts groups them (Unicode 9); 0 goes with every script. */
export const scriptOf = codePointTable(scriptRanges);

/** BERT's `_is_chinese_char`: the CJK ideograph blocks; U+2B820–2B91F are missing there, too. */
export function isChineseCharacter(codePoint: number): boolean {
  return (
    codePoint >= 0x3400 &&
    ((codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
      codePoint <= 0x4dbf ||
      (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
      (codePoint >= 0x20000 && codePoint <= 0x2a6df) ||
      (codePoint >= 0x2a700 && codePoint <= 0x2b81f) ||
      (codePoint >= 0x2b920 && codePoint <= 0x2ceaf) ||
      (codePoint >= 0x2f800 && codePoint <= 0x2fa1f))
  );
}

/** The same as the inside of a character class (flag `u`). */
export const chineseClass =
  '\\u{3400}-\\u{4dbf}\\u{4e00}-\\u{9fff}\\u{f900}-\\u{faff}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}';
