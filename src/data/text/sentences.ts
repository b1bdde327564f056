/**
 * Sentences by rules, for Chinese, English and languages with like punctuation; no model, linear time.
 * A sentence ends at a line end; behind 。！？ and their kin (with closing quotes and brackets); behind ! and ? before
 * white space; behind a full stop before white space when the next word does not begin with a small letter and the
 * word before it is no known abbreviation or initial.
 * Origin: the rule part of Kiss & Strunk 2006 (Punkt) and of the Golden Rules of pragmatic_segmenter.
 */
import { classOf, codePointAt, digit, ideograph, isSpace, letter, mark } from './characters.ts';
import { eachLine } from './lines.ts';

/** Called with a sentence's first unit and the unit behind its last; no white space at either end. */
export type EachSentence = (start: number, end: number) => void;

const STRONG = new Set('。！？｡．؟۔।॥።'.split('').map((c) => c.charCodeAt(0)));
const CLOSING = new Set('"\'”’»›」』）)]】〉》〗］}｝〞＂＇'.split('').map((c) => c.charCodeAt(0)));
/** Abbreviations before names, numbers and the like, which seldom end a sentence. */
const ABBREVIATIONS = new Set(
  (
    'mr mrs ms dr prof sr jr st rev hon gen col capt lt sgt maj gov sen rep pres messrs mme mlle vs cf al fig figs eq ' +
    'eqs sec ch vol vols no nos p pp ed eds trans approx dept est inc ltd co corp bros jan feb mar apr jun jul aug ' +
    'sep sept oct nov dec mon tue wed thu fri sat sun ave blvd rd mt ft e.g i.e viz ca bzw z.b d.h usw nr str'
  ).split(' '),
);

/** Calls `each` for every sentence, in order. */
export function eachSentence(text: string, each: EachSentence): void {
  eachLine(text, (start, end) => sentencesOfLine(text, start, end, each));
}

function sentencesOfLine(text: string, lineStart: number, lineEnd: number, each: EachSentence): void {
  let start = lineStart;
  const emit = (end: number) => {
    let from = start;
    let to = end;
    while (from < to && isSpace(text.charCodeAt(from))) from++;
    while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
    if (to > from) each(from, to);
    start = end;
  };
  for (let at = lineStart; at < lineEnd; at++) {
    const unit = text.charCodeAt(at);
    const strong = unit > 0x7f && STRONG.has(unit);
    const weak = unit === 0x2e || unit === 0x21 || unit === 0x3f || unit === 0x2026;
    if (!strong && !weak) continue;
    let end = at + 1;
    let anyStrong = strong;
    while (end < lineEnd) {
      const next = text.charCodeAt(end);
      if (STRONG.has(next)) anyStrong = true;
      else if (next !== 0x2e && next !== 0x21 && next !== 0x3f && next !== 0x2026 && !CLOSING.has(next)) break;
      end++;
    }
    if (anyStrong || endsHere(text, start, at, end, lineEnd)) emit(end);
    at = end - 1;
  }
  emit(lineEnd);
}

/** Whether weak punctuation from `at` to `end` ends a sentence. */
function endsHere(text: string, start: number, at: number, end: number, lineEnd: number): boolean {
  if (end >= lineEnd) return true;
  const following = codePointAt(text, end);
  // Chinese text with western marks: `真的?是的.` has no space behind them.
  if (!isSpace(following)) {
    return classOf(following) === ideograph && at > start && classOf(text.charCodeAt(at - 1)) === ideograph;
  }
  let next = end;
  while (next < lineEnd && isSpace(text.charCodeAt(next))) next++;
  if (next >= lineEnd) return true;
  const first = codePointAt(text, next);
  if (isSmallLetter(first)) return false;
  if (text.charCodeAt(at) !== 0x2e || end > at + 1) return true;
  return !isAbbreviation(text, start, at, classOf(first) === digit);
}

function isSmallLetter(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint >= 0x61 && codePoint <= 0x7a;
  if (classOf(codePoint) !== letter) return false;
  const character = String.fromCodePoint(codePoint);
  return character !== character.toUpperCase() && character === character.toLowerCase();
}

/** Whether the word before the full stop at `at` is an abbreviation or an initial. */
function isAbbreviation(text: string, start: number, at: number, beforeNumber: boolean): boolean {
  let from = at;
  // Long "words" are no abbreviations: the look back stays short.
  const limit = Math.max(start, at - 12);
  while (from > limit) {
    const unit = text.charCodeAt(from - 1);
    const kind = classOf(unit);
    if (kind !== letter && kind !== mark && unit !== 0x2e) break;
    from--;
  }
  const word = text.slice(from, at).toLowerCase();
  if (word === '' || (from > start && classOf(text.charCodeAt(from - 1)) === digit)) return false;
  // "J. Smith" and "U.S. Army", but not "Plan B. Then": `i` is mostly the pronoun.
  if (word.length === 1) return word !== 'i';
  if (word === 'no' || word === 'nos') return beforeNumber;
  return ABBREVIATIONS.has(word) || /^\p{L}(\.\p{L})+$/u.test(word);
}

/** The sentences of a text, trimmed. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  eachSentence(text, (start, end) => {
    sentences.push(text.slice(start, end));
  });
  return sentences;
}

export function countSentences(text: string): number {
  let count = 0;
  eachSentence(text, () => {
    count++;
  });
  return count;
}
