/** The characters of a corpus: how often each occurs, and which of them a vocabulary is to have. Knows word tables only. */
import { codeAt } from '../regex/dfa.ts';
import type { WordTable } from './corpus-words.ts';

export interface AlphabetOptions {
  /** Keep at most that many characters, the most frequent ones (Hugging Face's `limit_alphabet`). */
  readonly limitAlphabet?: number | undefined;
  /** Characters to have in any case, before all others; of a longer string the first one (`initial_alphabet`). */
  readonly initialAlphabet?: readonly string[] | undefined;
  /** Keep the most frequent characters that make up this part of the text, 0 to 1 (SentencePiece). Default 1. */
  readonly characterCoverage?: number | undefined;
}

/** How often each code point occurs in a table of UTF-8 words. */
export function countCharacters(words: WordTable): Map<number, number> {
  const basic = new Float64Array(0x10000);
  const counts = new Map<number, number>();
  for (let word = 0; word < words.size; word++) {
    const end = words.ends[word]!;
    for (let at = words.start(word); at < end; ) {
      const code = codeAt(words.arena, at);
      at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (code < 0x10000) basic[code]! += words.counts[word]!;
      else counts.set(code, (counts.get(code) ?? 0) + words.counts[word]!);
    }
  }
  for (let code = 0; code < basic.length; code++) if (basic[code]! > 0) counts.set(code, basic[code]!);
  return counts;
}

/**
 * The alphabet as Hugging Face's trainers choose it (bpe/trainer.rs, compute_alphabet), in the order of code points. Where
 * characters are equally frequent at the limit theirs keeps any; here those with smaller code points stay.
 */
export function chooseAlphabet(words: WordTable, options: AlphabetOptions): string[] {
  const counts = countCharacters(words);
  const covered = coveredCharacters(counts, options.characterCoverage ?? 1);
  for (const text of options.initialAlphabet ?? []) {
    const code = text.codePointAt(0);
    if (code !== undefined) covered.set(code, Number.POSITIVE_INFINITY);
  }
  const kept = byFrequency(covered).slice(0, options.limitAlphabet);
  return kept
    .map(([code]) => code)
    .sort((a, b) => a - b)
    .map((code) => String.fromCodePoint(code));
}

function byFrequency(counts: ReadonlyMap<number, number>): [code: number, count: number][] {
  return [...counts].sort((a, b) => (a[1] === b[1] ? a[0] - b[0] : a[1] > b[1] ? -1 : 1));
}

/** As SentencePiece's trainer_interface.cc, which compares single-precision numbers. */
function coveredCharacters(counts: ReadonlyMap<number, number>, coverage: number): Map<number, number> {
  let all = 0;
  for (const count of counts.values()) all += count;
  const covered = new Map<number, number>();
  let seen = 0;
  for (const [code, count] of byFrequency(counts)) {
    if (coverage < 1 && Math.fround(seen / all) >= Math.fround(coverage)) break;
    seen += count;
    covered.set(code, count);
  }
  return covered;
}
