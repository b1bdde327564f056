/** Signs that a text is not what somebody wrote, as shares. One pass over the characters. */
import * as kinds from './characters.ts';
import { classOf, codePointAt } from './characters.ts';
import { common, gbk, lessCommon } from './mojibake/gbk.ts';

export interface Garbling {
  /** Shares of the characters that are no white space. */
  readonly replacement: number;
  readonly nontext: number;
  readonly symbols: number;
  readonly longWords: number;
  /** Shares of words; 0 below 10 of them. */
  readonly mixedWords: number;
  readonly improbableWords: number;
  /** Share of Han characters; 0 below 20 of them. */
  readonly rareHan: number;
  /** Bits a character; infinite below 100 of them. */
  readonly entropy: number;
}

const latin = 1;
const greek = 2;
const cyrillic = 4;
const longRun = 100;

export function measureGarbling(text: string): Garbling {
  const seen = new Map<number, number>();
  const counts = new Uint32Array(256);
  let visible = 0;
  let replacement = 0;
  let nontext = 0;
  let symbols = 0;
  let han = 0;
  let rare = 0;
  let words = 0;
  let mixed = 0;
  let improbable = 0;
  let long = 0;
  let wordStart = -1;
  let scripts = 0;
  let run = 0;
  const endRun = () => {
    if (run >= longRun) long += run;
    run = 0;
  };
  const endWord = (end: number) => {
    if (wordStart < 0) return;
    words++;
    // Latin with Greek is mathematics and chemistry; Cyrillic stands alone.
    if (scripts > cyrillic) mixed++;
    else if (scripts === latin && end - wordStart >= 6 && isImprobable(text, wordStart, end)) improbable++;
    wordStart = -1;
    scripts = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const codePoint = codePointAt(text, at);
    const kind = classOf(codePoint);
    if (kind === kinds.letter || kind === kinds.mark) {
      if (wordStart < 0) wordStart = at;
      if (kind === kinds.letter) scripts |= scriptOf(codePoint);
    } else endWord(at);
    if (codePoint > 0xffff) at++;
    if (kind === kinds.space) {
      endRun();
      continue;
    }
    visible++;
    if (codePoint < 256) counts[codePoint]!++;
    else seen.set(codePoint, (seen.get(codePoint) ?? 0) + 1);
    if (kind === kinds.ideograph) {
      endRun();
      han++;
      if (!isKnownHan(codePoint)) rare++;
      continue;
    }
    // Thai, Lao, Khmer … write long stretches without spaces.
    if (codePoint < 0x250) run++;
    else endRun();
    if (codePoint === 0xfffd) replacement++;
    else if (kind === kinds.punctuation || kind === kinds.symbol) symbols++;
    else if (kind === kinds.control || kind >= kinds.privateUse) nontext++;
  }
  endWord(text.length);
  endRun();
  const share = (part: number, all: number, least = 1) => (all < least ? 0 : part / all);
  return {
    replacement: share(replacement, visible),
    nontext: share(nontext, visible),
    symbols: share(symbols, visible, 20),
    longWords: share(long, visible),
    mixedWords: share(mixed, words, 10),
    improbableWords: share(improbable, words, 10),
    rareHan: share(rare, han, 20),
    entropy: visible < 100 ? Number.POSITIVE_INFINITY : entropyOf([...counts, ...seen.values()], visible),
  };
}

function scriptOf(codePoint: number): number {
  if (codePoint < 0x250 || (codePoint >= 0x1e00 && codePoint < 0x1f00)) return latin;
  if ((codePoint >= 0x370 && codePoint < 0x400) || (codePoint >= 0x1f00 && codePoint < 0x2000)) return greek;
  return codePoint >= 0x400 && codePoint < 0x530 ? cyrillic : 0;
}

/** Whether no language would have such a word of Latin letters: no vowel, a heap of consonants, `aGbXcQ`. */
function isImprobable(text: string, start: number, end: number): boolean {
  let consonants = 0;
  let most = 0;
  let vowels = 0;
  let flips = 0;
  let capitals = 0;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    const lower = unit | 0x20;
    if (
      unit >= 0x80 ||
      lower === 0x61 ||
      lower === 0x65 ||
      lower === 0x69 ||
      lower === 0x6f ||
      lower === 0x75 ||
      lower === 0x79
    ) {
      vowels++;
      consonants = 0;
    } else if (++consonants > most) most = consonants;
    if (unit >= 0x41 && unit <= 0x5a) {
      capitals++;
      if (at > start && text.charCodeAt(at - 1) >= 0x61) flips++;
    }
  }
  // Abbreviations are capitals throughout.
  if (capitals === end - start) return false;
  return vowels === 0 || most >= 6 || flips >= 3;
}

let known: Uint8Array | undefined;

/** In GB 2312, or in level 1 of Big5, or no Han character at all (kana). */
function isKnownHan(codePoint: number): boolean {
  if (codePoint > 0xffff) return false;
  if (codePoint < 0x3400) return true;
  known ??= knownHan();
  return known[codePoint] === 1;
}

function knownHan(): Uint8Array {
  const { ranks } = gbk();
  const table = new Uint8Array(0x10000);
  for (let unit = 0x3400; unit < 0x10000; unit++)
    if (ranks[unit] === common || ranks[unit] === lessCommon) table[unit] = 1;
  const decoder = new TextDecoder('big5');
  const bytes = new Uint8Array(2);
  for (let lead = 0xa4; lead <= 0xc6; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      bytes[0] = lead;
      bytes[1] = trail;
      const character = decoder.decode(bytes);
      if (character.length === 1) table[character.charCodeAt(0)] = 1;
    }
  return table;
}

function entropyOf(counts: readonly number[], total: number): number {
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
