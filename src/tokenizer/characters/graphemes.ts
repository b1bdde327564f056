/**
 * Extended grapheme clusters (UAX #29, Unicode 17): what a reader takes for one character. With tables of our own,
 * because `Intl.Segmenter` follows the engine's Unicode version and is missing in some.
 */
import { codePointTable } from './ranges.ts';
import { conjunctRanges, graphemeRanges } from './tables.gen.ts';

/** Numbers of Grapheme_Cluster_Break in the table; consonants are those that GB9c joins. */
const control = 1;
const carriageReturn = 2;
const lineFeed = 3;
const extend = 4;
const joiner = 5;
const spacingMark = 6;
const prepend = 7;
const regional = 8;
const leading = 9;
const vowel = 10;
const trailing = 11;
const pictograph = 12;
const consonant = 13;
/** Hangul syllables without and with a final consonant, by arithmetic. */
const openSyllable = 14;
const closedSyllable = 15;

const breakOf = codePointTable(graphemeRanges);
/** Indic_Conjunct_Break: 1 Extend, 2 Linker. */
const conjunctOf = codePointTable(conjunctRanges);

function classOfPoint(codePoint: number): number {
  if (codePoint >= 0xac00 && codePoint <= 0xd7a3)
    return (codePoint - 0xac00) % 28 === 0 ? openSyllable : closedSyllable;
  return breakOf(codePoint);
}

/** GB6–8: whether a syllable goes on. */
function continuesSyllable(before: number, after: number): boolean {
  if (before === leading) return after === leading || after === vowel || after >= openSyllable;
  if (before === openSyllable || before === vowel) return after === vowel || after === trailing;
  return (before === closedSyllable || before === trailing) && after === trailing;
}

/**
 * @param start where a cluster begins
 * @returns where it ends, in code units
 */
export function graphemeEnd(text: string, start: number): number {
  let codePoint = text.codePointAt(start)!;
  let at = start + (codePoint > 0xffff ? 2 : 1);
  let before = classOfPoint(codePoint);
  let regionals = before === regional ? 1 : 0;
  /** GB11: 1 after a pictograph and its extenders, 2 after a joiner behind them. */
  let picture = before === pictograph ? 1 : 0;
  /** GB9c: 1 after a consonant and its extenders, 2 once there was a linker among them. */
  let conjunct = before === consonant ? 1 : 0;
  while (at < text.length) {
    codePoint = text.codePointAt(at)!;
    const after = classOfPoint(codePoint);
    if (before === carriageReturn && after === lineFeed) return at + 1; // GB3
    // GB4, GB5
    if (before >= control && before <= lineFeed) return at;
    if (after >= control && after <= lineFeed) return at;
    const joined =
      after === extend ||
      after === joiner ||
      after === spacingMark || // GB9, GB9a
      before === prepend || // GB9b
      continuesSyllable(before, after) ||
      (conjunct === 2 && after === consonant) || // GB9c
      (picture === 2 && after === pictograph) || // GB11
      (before === regional && after === regional && regionals % 2 === 1); // GB12, GB13
    if (!joined) return at;
    regionals = after === regional ? regionals + 1 : 0;
    if (after === pictograph) picture = 1;
    else if (picture > 0) picture = after === joiner && picture === 1 ? 2 : after === extend && picture === 1 ? 1 : 0;
    if (after === consonant) conjunct = 1;
    else if (conjunct > 0) {
      const kind = conjunctOf(codePoint);
      conjunct = kind === 0 ? 0 : kind === 2 ? 2 : conjunct;
    }
    before = after;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}
