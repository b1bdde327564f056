/**
 * Drops lists, menus and other text that is not written in paragraphs: few lines that end in punctuation, many short
 * lines, repeated lines, many line breaks a word.
 * Origin: Penedo et al. 2024 (FineWeb), §3.5 with the thresholds of datatrove's FineWebQualityFilter. Chinese: the
 * limits of FineWeb-2 for Mandarin (configs/cmn_Hani.yml: punctuation 0.106, line breaks 0.178), short lines are looked
 * at in ideographs, of which one says as much as two Latin letters (15 instead of 30).
 */
import { z } from 'zod';
import { countCharacters, type Document } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { measureDuplicates } from '../../text/duplicates.ts';
import { isBlank } from '../../text/lines.ts';
import { profileOf } from '../../text/profile.ts';
import { tokenModes, tokensOf } from '../../text/tokens.ts';

const share = z.number().min(0).nullable();

const config = z.strictObject({
  min_punctuated_lines: share
    .default(0.12)
    .describe('Smallest share of lines that end in terminal punctuation; null: no limit'),
  max_short_lines: share.default(0.67).describe('Largest share of short lines'),
  short_line: z.int().positive().default(30).describe('Lines of at most so many characters are short'),
  max_duplicate_characters: share.default(0.01).describe('Largest share of characters in lines that occurred before'),
  max_line_breaks_per_word: share.default(0.3).describe('Most line breaks a word'),
  chinese: z
    .strictObject({
      min_punctuated_lines: share.default(0.106).describe('As above'),
      short_line: z.int().positive().default(15).describe('As above'),
      max_line_breaks_per_word: share.default(0.178).describe('As above; each ideograph is a word'),
    })
    .prefault({})
    .describe('Limits for Chinese and Japanese'),
  words: z
    .enum(tokenModes)
    .default('words')
    .describe('`words`: words and punctuation marks, each ideograph one; `whitespace`: between white space'),
});

type Config = z.output<typeof config>;

/** Unicode's Sentence_Terminal, at the end of a line. */
const TERMINAL = /\p{Sentence_Terminal}$/u;

export const finewebQuality = defineStep({
  name: 'fineweb-quality',
  kind: 'filter',
  version: 1,
  config,
  describe: () => 'FineWeb quality rules: punctuated, short and repeated lines, line breaks a word',
  each: (options, context) => (document) => {
    const broken = brokenRule(document, options);
    return broken ? context.drop(document, ...broken) : document;
  },
});

function brokenRule(document: Document, options: Config): readonly [string, string] | undefined {
  const { text } = document;
  const parts = text.split('\n');
  const lines = parts.filter((line) => !isBlank(line));
  if (lines.length === 0) return ['empty', 'no line with text'];
  const tokens = tokensOf(text, options.words);
  const limits = profileOf(document, tokens) === 'chinese' ? { ...options, ...options.chinese } : options;
  let punctuated = 0;
  let short = 0;
  for (const line of lines) {
    // The last two units are enough: the expression stays out of the line's middle.
    if (TERMINAL.test(line.slice(-2))) punctuated++;
    if (line.length <= 2 * limits.short_line && countCharacters(line) <= limits.short_line) short++;
  }
  const below = (value: number, limit: number | null) => limit !== null && value < limit;
  const above = (value: number, limit: number | null) => limit !== null && value > limit;
  const punctuatedShare = punctuated / lines.length;
  if (below(punctuatedShare, limits.min_punctuated_lines))
    return [
      'unpunctuated-lines',
      `${punctuatedShare.toFixed(3)} of lines end in punctuation < ${limits.min_punctuated_lines}`,
    ];
  const shortShare = short / lines.length;
  if (above(shortShare, limits.max_short_lines))
    return ['short-lines', `${shortShare.toFixed(3)} of lines are short > ${limits.max_short_lines}`];
  const breaks = parts.length - 1;
  const duplicateShare = measureDuplicates(lines).characters / (countCharacters(text) - breaks);
  if (above(duplicateShare, limits.max_duplicate_characters))
    return ['duplicate-line-characters', `${duplicateShare.toFixed(3)} > ${limits.max_duplicate_characters}`];
  const breakShare = tokens.count === 0 ? breaks : breaks / tokens.count;
  if (above(breakShare, limits.max_line_breaks_per_word))
    return ['many-line-breaks', `${breakShare.toFixed(3)} line breaks a word > ${limits.max_line_breaks_per_word}`];
  return undefined;
}
