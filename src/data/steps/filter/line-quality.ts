/**
 * Drops lines by simple signs of quality, and documents of which little is left: lines that are short, have no terminal
 * punctuation, are mostly digits, symbols or capitals, or hold given words. A configurable `c4-quality`.
 * Origin: C4 (Raffel et al. 2020, §2.2) and RefinedWeb's line-wise rules (Penedo et al. 2023, appendix G.2: mainly upper
 * case, only numbers, counters), with RefinedWeb's limit: documents that lose more than 5 % of their words are dropped;
 * off by default here, as it suits text that was extracted well.
 */
import { z } from 'zod';
import { defineStep, type StepContext } from '../../step.ts';
import { classOf, codePointAt, digit, ideograph, letter, mark, space } from '../../text/characters.ts';

const share = z.number().min(0).max(1).nullable();

const config = z.strictObject({
  min_characters: z
    .int()
    .min(0)
    .default(0)
    .describe('Shorter lines are dropped; an ideograph counts as two characters'),
  terminal_punctuation: z
    .boolean()
    .default(false)
    .describe('Drop lines that do not end in terminal punctuation, quotes or brackets'),
  max_upper_case: share
    .default(0.6)
    .describe('Largest share of capitals among letters that have case, in lines of 10 such letters; null: no limit'),
  max_digits: share.default(0.6).describe('Largest share of digits among characters that are no spaces, in lines of 5'),
  max_symbols: share
    .default(0.5)
    .describe('Largest share of punctuation and symbols among characters that are no spaces, in lines of 3'),
  words: z.array(z.string().min(1)).default([]).describe('Lines that hold one of these are dropped, whatever the case'),
  max_dropped_characters: share
    .default(null)
    .describe('Documents that lose a larger share of their characters are dropped; RefinedWeb: 0.05'),
});

type Config = z.output<typeof config>;

export const lineQuality = defineStep({
  name: 'line-quality',
  kind: 'filter',
  version: 1,
  config,
  describe: () => 'Lines without punctuation, of capitals, digits or symbols dropped',
  each(options, context) {
    const words = options.words.map((word) => word.toLowerCase());
    return (document) => {
      const { kept, lost } = keepLines(document.text, options, words, context);
      const limit = options.max_dropped_characters;
      const value = document.text.length === 0 ? 0 : lost / document.text.length;
      if (limit !== null && value > limit) {
        return context.drop(document, 'bad-lines', `${value.toFixed(3)} of the text are bad lines > ${limit}`);
      }
      return lost === 0 ? document : { ...document, text: kept };
    };
  },
});

function keepLines(text: string, options: Config, words: readonly string[], context: StepContext) {
  let lost = 0;
  const kept = text.split('\n').filter((line) => {
    const reason = badness(line, options, words);
    if (reason === undefined) return true;
    context.count(`lines-${reason}`);
    lost += line.length + 1;
    return false;
  });
  return { kept: kept.join('\n'), lost };
}

const ENDING = /[\p{Sentence_Terminal}"'”’」』）)\]】》…;；]$/u;

function badness(line: string, options: Config, words: readonly string[]): string | undefined {
  const counts = countKinds(line);
  if (counts.visible === 0) return undefined;
  if (counts.visible + counts.ideographs < options.min_characters) return 'short';
  if (options.terminal_punctuation && !ENDING.test(line.trimEnd().slice(-2))) return 'no-terminal-punctuation';
  const above = (part: number, all: number, limit: number | null, least: number) =>
    limit !== null && all >= least && part > limit * all;
  if (above(counts.capitals, counts.cased, options.max_upper_case, 10)) return 'capitals';
  if (above(counts.digits, counts.visible, options.max_digits, 5)) return 'digits';
  if (above(counts.marks, counts.visible, options.max_symbols, 3)) return 'symbols';
  if (words.length === 0) return undefined;
  const lower = line.toLowerCase();
  return words.some((word) => lower.includes(word)) ? 'word' : undefined;
}

interface Kinds {
  readonly visible: number;
  readonly ideographs: number;
  readonly capitals: number;
  readonly cased: number;
  readonly digits: number;
  /** Punctuation, symbols and what is no text. */
  readonly marks: number;
}

function countKinds(line: string): Kinds {
  const counts = { visible: 0, ideographs: 0, capitals: 0, cased: 0, digits: 0, marks: 0 };
  for (let at = 0; at < line.length; at++) {
    const codePoint = codePointAt(line, at);
    if (codePoint > 0xffff) at++;
    const kind = classOf(codePoint);
    if (kind === space) continue;
    counts.visible++;
    if (kind === ideograph) counts.ideographs++;
    else if (kind === digit) counts.digits++;
    else if (kind !== letter && kind !== mark) counts.marks++;
    else if (codePoint < 0x250) {
      const character = String.fromCharCode(codePoint);
      const lower = character.toLowerCase();
      if (lower !== character) {
        counts.capitals++;
        counts.cased++;
      } else if (character.toUpperCase() !== character) counts.cased++;
    }
  }
  return counts;
}
