/**
 * Counts listed words and phrases in a text. A listed entry is a run of words (a Han character is a word), so that it
 * is never found inside a longer word; of several entries that begin at the same word the longest counts. Linear in the
 * text times the longest entry's number of words.
 */
import { eachWord } from '../text/words.ts';

export interface LexiconCount {
  readonly hits: number;
  /** Words of the text. */
  readonly words: number;
  /** Entries that were found, each once, in the order of the text. */
  readonly found: readonly string[];
}

export interface LexiconFinder {
  readonly entries: number;
  count(text: string): LexiconCount;
}

interface Entry {
  readonly words: readonly string[];
  readonly text: string;
}

/** What may stand between the words of a listed phrase, where the finder is strict. */
const gaps = new Set(['', ' ', '-', "'", '’', '\u3000', '\n']);

/**
 * @param obfuscated also find full-width, accented, spaced and leet spellings (`ｆｏｏ`, `f0o`; not `f.o.o`); between
 *   Han characters anything but letters may stand then
 */
export function lexiconFinder(list: Iterable<string>, obfuscated = false): LexiconFinder {
  const prepare = obfuscated ? plainSpelling : (text: string) => text.toLowerCase();
  const byFirst = new Map<string, Entry[]>();
  let entries = 0;
  for (const text of list) {
    const prepared = prepare(text);
    const words: string[] = [];
    eachWord(prepared, (start, end) => words.push(prepared.slice(start, end)));
    const first = words[0];
    if (first === undefined) continue;
    const same = byFirst.get(first) ?? [];
    if (same.some((entry) => entry.words.join(' ') === words.join(' '))) continue;
    same.push({ words, text });
    same.sort((a, b) => b.words.length - a.words.length);
    byFirst.set(first, same);
    entries++;
  }
  return {
    entries,
    count(whole) {
      const text = prepare(whole);
      const starts: number[] = [];
      const ends: number[] = [];
      eachWord(text, (start, end) => {
        starts.push(start);
        ends.push(end);
      });
      const found = new Set<string>();
      let hits = 0;
      for (let at = 0; at < starts.length; at++) {
        const candidates = byFirst.get(text.slice(starts[at]!, ends[at]!));
        const entry = candidates?.find(({ words }) => stands(text, words, at, starts, ends, obfuscated));
        if (entry === undefined) continue;
        hits++;
        found.add(entry.text);
        at += entry.words.length - 1;
      }
      return { hits, words: starts.length, found: [...found] };
    },
  };
}

function stands(
  text: string,
  words: readonly string[],
  at: number,
  starts: readonly number[],
  ends: readonly number[],
  loose: boolean,
): boolean {
  if (at + words.length > starts.length) return false;
  for (let i = 1; i < words.length; i++) {
    if (!loose && !gaps.has(text.slice(ends[at + i - 1]!, Math.min(starts[at + i]!, ends[at + i - 1]! + 2))))
      return false;
    if (text.slice(starts[at + i]!, ends[at + i]!) !== words[i]) return false;
  }
  return true;
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Full width, accents, invisible characters and leet undone; numbers that stand alone stay. */
function plainSpelling(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]+/gu, '')
    .replace(/(?<=\p{Script=Latin})[013457@$!](?=\p{Script=Latin})/gu, (character) => leet[character]!)
    .replace(
      /(?<=\p{Script=Latin})[013457@$](?![\p{L}\p{N}])|(?<![\p{L}\p{N}])[013457@$](?=\p{Script=Latin})/gu,
      (c) => leet[c]!,
    );
}
