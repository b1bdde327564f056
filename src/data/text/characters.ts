/**
 * What a character is, for statistics over text: one small number per code point, from the engine's Unicode tables,
 * looked up once and remembered. Knows nothing about words or documents.
 */

export const space = 1;
export const letter = 2;
export const mark = 3;
export const digit = 4;
/** Han, hiragana, katakana: scripts without spaces whose characters count as words. */
export const ideograph = 5;
export const punctuation = 6;
export const symbol = 7;
/** Controls that are not white space. */
export const control = 8;
/** Cf: zero-width joiner, soft hyphen, byte-order mark … */
export const format = 9;
export const privateUse = 10;
export const unassigned = 11;
export const surrogate = 12;

const memo = new Uint8Array(0x110000);

const IDEOGRAPH = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30fc\uff70]/u;
const tests: readonly (readonly [RegExp, number])[] = [
  [/\p{White_Space}/u, space],
  [/\p{L}/u, letter],
  [/\p{M}/u, mark],
  [/\p{N}/u, digit],
  [/\p{P}/u, punctuation],
  [/\p{S}/u, symbol],
  [/\p{Cc}/u, control],
  [/\p{Cf}/u, format],
  [/\p{Co}/u, privateUse],
  [/\p{Cs}/u, surrogate],
];

/** The class of a code point (or of an unpaired surrogate). */
export function classOf(codePoint: number): number {
  const known = memo[codePoint]!;
  return known !== 0 ? known : remember(codePoint);
}

function remember(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  // Python's separators U+001C–1F are white space here.
  let found = codePoint >= 0x1c && codePoint <= 0x1f ? space : unassigned;
  for (const [pattern, value] of found === space ? [] : tests) {
    if (!pattern.test(character)) continue;
    found = (value === letter || value === digit) && IDEOGRAPH.test(character) ? ideograph : value;
    break;
  }
  memo[codePoint] = found;
  return found;
}

/** The code point at an index; half of a pair stands for itself. `charCodeAt` is several times faster where it does. */
export function codePointAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdbff || index + 1 >= text.length) return unit;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff ? (unit - 0xd800) * 0x400 + (next - 0xdc00) + 0x10000 : unit;
}

/** Whether a code point is white space (Unicode's, and Python's four separators U+001C–1F). */
export function isSpace(codePoint: number): boolean {
  return classOf(codePoint) === space;
}
