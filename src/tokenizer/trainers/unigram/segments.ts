/**
 * Prepares word counts for Unigram training as SentencePiece does (trainer_interface.cc, LoadSentences): chooses the
 * alphabet and cuts the words.
 *
 * Words are cut wherever no piece may lie across: at a rare character, between scripts, before a space. The lattices of
 * the parts are independent, so expectations and best paths stay what they are for the whole words; but the parts
 * repeat, so there is far less of them. Chinese text, whole sentences without a space, becomes the runs between its
 * punctuation marks.
 */
import { emptyCorpus } from '../../bpe/word-counter.ts';
import type { WordCount } from '../corpus-text.ts';
import { CharKinds, type PieceRules, spaceChar } from './char-kinds.ts';

/** The parts of the words. */
export interface Segments {
  /** The alphabet as code points, ascending. */
  readonly alphabet: Int32Array;
  /** How often each occurs. */
  readonly charCounts: Float64Array;
  /** Occurrences of characters outside the alphabet. */
  readonly unknown: number;
  /** Segments one after another, each followed by 0: place in the alphabet + 1. */
  readonly text: Int32Array;
  /** Segment s is text[starts[s], starts[s + 1] − 1). */
  readonly starts: Int32Array;
  /** How often each segment occurs. */
  readonly counts: Float64Array;
  /** First UTF-8 byte of what follows each segment wherever it occurs; `mixed` if that is not always the same. */
  readonly followers: Uint16Array;
  /** Whether text[from, to), within one segment, may be a piece. */
  isPiece(from: number, to: number): boolean;
  /** The string of text[from, to). */
  spell(from: number, to: number): string;
}

/** What SentencePiece writes for a character outside the alphabet: ▅. */
const unknownMark = 0x2585;

/** In `followers`: different bytes follow. */
export const mixed = 0x100;

/** @throws AthanorError('bad-input') if there is no text */
export function cutSegments(words: Iterable<WordCount>, rules: PieceRules): Segments {
  const { alphabet, charCounts, unknown } = chooseAlphabet(words, rules);
  if (charCounts.every((count) => count === 0)) throw emptyCorpus();
  const placeOf = new Map<number, number>();
  for (const [place, char] of alphabet.entries()) placeOf.set(char, place);
  const kinds = new CharKinds(alphabet, rules);
  const table = new SegmentTable();
  for (const [word, count, ends] of words) {
    let from = 0;
    let previous = -1; // place of the character before; −1: none
    for (let at = 0; at < word.length; ) {
      const char = word.codePointAt(at)!;
      const place = placeOf.get(char) ?? -1;
      if (previous >= 0 && (place < 0 || kinds.isBorder(previous, place))) {
        table.add(word.slice(from, at), count, leadByte(place < 0 ? unknownMark : char));
        from = at;
      }
      at += char > 0xffff ? 2 : 1;
      if (place < 0) from = at;
      previous = place;
    }
    if (previous >= 0) table.add(word.slice(from), count, behindWord(count, ends, kinds.isCommon(previous)));
  }
  return { alphabet, charCounts, unknown, ...table.join(placeOf, kinds) };
}

/**
 * Behind a word comes the next one's space, or the text ends (0). Where nothing is known of ends, both are taken to
 * occur behind punctuation marks.
 */
function behindWord(count: number, ends: number | undefined, isCommon: boolean): number {
  if (ends === undefined) return isCommon ? mixed : leadByte(spaceChar);
  if (ends === 0) return leadByte(spaceChar);
  return ends === count ? 0 : mixed;
}

/** First byte of a character in UTF-8. */
export function leadByte(char: number): number {
  if (char < 0x80) return char;
  if (char < 0x800) return 0xc0 | (char >> 6);
  return char < 0x10000 ? 0xe0 | (char >> 12) : 0xf0 | (char >> 18);
}

/** Required characters first, then the frequent ones until they cover enough (single precision, as there). */
function chooseAlphabet(words: Iterable<WordCount>, rules: PieceRules) {
  const counts = new Map<number, number>();
  let total = 0;
  for (const [word, count] of words) {
    for (let at = 0; at < word.length; ) {
      const char = word.codePointAt(at)!;
      at += char > 0xffff ? 2 : 1;
      if (char === 0) continue;
      counts.set(char, (counts.get(char) ?? 0) + count);
      total += count;
    }
  }
  const required = new Set<number>();
  for (const char of rules.requiredChars) if (char !== '\0') required.add(char.codePointAt(0)!);
  for (const char of required) if (!counts.has(char)) counts.set(char, 0);
  const sorted = [...counts].sort(
    (a, b) => Number(required.has(b[0])) - Number(required.has(a[0])) || b[1] - a[1] || a[0] - b[0],
  );
  const chosen: (readonly [number, number])[] = [];
  let covered = 0;
  for (const entry of sorted) {
    const isCovered = Math.fround(covered / total) >= Math.fround(rules.characterCoverage);
    if (isCovered && !required.has(entry[0])) break;
    covered += entry[1];
    chosen.push(entry);
  }
  chosen.sort((a, b) => a[0] - b[0]);
  return {
    alphabet: Int32Array.from(chosen, ([char]) => char),
    charCounts: Float64Array.from(chosen, ([, count]) => count),
    unknown: total - covered,
  };
}

/** The distinct segments. */
class SegmentTable {
  readonly #indexOf = new Map<string, number>();
  readonly #counts: number[] = [];
  readonly #followers: number[] = [];

  add(segment: string, count: number, follower: number): void {
    const index = this.#indexOf.get(segment);
    if (index === undefined) {
      this.#indexOf.set(segment, this.#counts.length);
      this.#counts.push(count);
      this.#followers.push(follower);
      return;
    }
    this.#counts[index]! += count;
    if (this.#followers[index] !== follower) this.#followers[index] = mixed;
  }

  join(placeOf: ReadonlyMap<number, number>, kinds: CharKinds) {
    let size = this.#indexOf.size;
    for (const segment of this.#indexOf.keys()) for (const _ of segment) size++;
    const text = new Int32Array(size);
    const starts = new Int32Array(this.#indexOf.size + 1);
    const chars = [...placeOf.keys()];
    let at = 0;
    let index = 0;
    for (const segment of this.#indexOf.keys()) {
      for (const char of segment) text[at++] = placeOf.get(char.codePointAt(0)!)! + 1;
      at++; // the 0 that ends it
      starts[++index] = at;
    }
    return {
      text,
      starts,
      counts: Float64Array.from(this.#counts),
      followers: Uint16Array.from(this.#followers),
      isPiece: (from: number, to: number) => kinds.isPiece(text, from, to),
      spell: (from: number, to: number) =>
        String.fromCodePoint(...text.subarray(from, to).map((place) => chars[place - 1]!)),
    };
  }
}
