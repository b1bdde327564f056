/**
 * Drops Chinese documents that are short, hardly Chinese, lists of keywords or numbers, or repeat themselves.
 * Origin: ChineseWebText / EvalWeb (Chen et al. 2023, arXiv 2311.01149, §3.2: at least 200 characters, 10 a line on
 * average, 30 % Chinese characters, at most half of the 13-grams of characters repeated), and WuDaoCorpora (Yuan et al.
 * 2021: at least 10 Chinese characters). The shares of digits, Latin letters and punctuation and the length of sentences
 * are ours, set so loosely that the statutes and abstracts we measured on pass
 * (docs/data/cleaning.md). Documents that are not Chinese pass; poems need `min_characters: 0, min_mean_line: 0`.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { defineStep } from '../../step.ts';
import {
  classOf,
  codePointAt,
  digit,
  ideograph,
  letter,
  mark,
  punctuation,
  space,
  symbol,
} from '../../text/characters.ts';
import { countLines } from '../../text/lines.ts';
import { eachRepeats } from '../../text/repeats.ts';
import { countSentences } from '../../text/sentences.ts';
import { tokensOf } from '../../text/tokens.ts';

const limit = z.number().min(0).nullable();

const config = z.strictObject({
  only_chinese: z
    .boolean()
    .default(true)
    .describe(
      'Documents whose `meta.language` is not Chinese, or without it those with less than a tenth of ideographs, pass',
    ),
  min_characters: limit
    .default(200)
    .describe('Fewest characters that are no white space; null: no limit, here and below'),
  min_mean_line: limit.default(10).describe('Shortest mean line, in characters'),
  min_han: limit.default(0.3).describe('Smallest share of ideographs among characters that are no white space'),
  min_han_count: limit.default(10).describe('Fewest ideographs'),
  max_digits: limit.default(0.3).describe('Largest share of digits'),
  max_latin: limit.default(0.6).describe('Largest share of letters of other scripts'),
  min_punctuation: limit.default(0.01).describe('Smallest share of punctuation: keyword lists have none'),
  max_punctuation: limit.default(0.35).describe('Largest share of punctuation and symbols'),
  max_mean_sentence: limit.default(200).describe('Longest mean sentence, in characters'),
  max_repeated_13grams: limit
    .default(0.5)
    .describe('Largest share of 13-grams of words and characters that occurred before'),
});

type Config = z.output<typeof config>;

export const chineseQuality = defineStep({
  name: 'chinese-quality',
  kind: 'filter',
  version: 1,
  config,
  describe: () =>
    'Quality rules for Chinese: length, share of ideographs, digits and punctuation, sentences, repetition',
  each: (options, context) => (document) => {
    const broken = brokenRule(document, options);
    return broken ? context.drop(document, ...broken) : document;
  },
});

type Broken = readonly [reason: string, detail: string];

function brokenRule(document: Document, options: Config): Broken | undefined {
  const { text } = document;
  const counts = countKinds(text);
  if (options.only_chinese && !isChinese(document, counts)) return undefined;
  const { visible, han } = counts;
  const measured: readonly (readonly [string, string, number, number | null, number | null])[] = [
    ['too-short', 'characters', visible, options.min_characters, null],
    ['few-ideographs', 'ideographs', han, options.min_han_count, null],
    ['few-ideographs', 'share of ideographs', han / visible, options.min_han, null],
    ['short-lines', 'characters a line', visible / Math.max(1, countLines(text)), options.min_mean_line, null],
    ['many-digits', 'share of digits', counts.digits / visible, null, options.max_digits],
    ['many-letters', 'share of other letters', counts.letters / visible, null, options.max_latin],
    ['little-punctuation', 'share of punctuation', counts.marks / visible, options.min_punctuation, null],
    [
      'much-punctuation',
      'share of punctuation and symbols',
      (counts.marks + counts.symbols) / visible,
      null,
      options.max_punctuation,
    ],
  ];
  for (const [reason, what, value, least, most] of measured) {
    if (least !== null && !(value >= least)) return [reason, `${what}: ${format(value)} < ${least}`];
    if (most !== null && value > most) return [reason, `${what}: ${format(value)} > ${most}`];
  }
  if (options.max_mean_sentence !== null) {
    const mean = visible / Math.max(1, countSentences(text));
    if (mean > options.max_mean_sentence)
      return ['long-sentences', `characters a sentence: ${format(mean)} > ${options.max_mean_sentence}`];
  }
  if (options.max_repeated_13grams !== null) {
    const value = repeatedShare(text, 13);
    if (value > options.max_repeated_13grams)
      return [
        'repeated-13-grams',
        `share of 13-grams that occurred before: ${format(value)} > ${options.max_repeated_13grams}`,
      ];
  }
  return undefined;
}

const format = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(3));

function isChinese({ meta: { language } }: Document, { han, visible }: Kinds): boolean {
  if (typeof language === 'string' && language !== '') return /^(?:zh|lzh|yue)\b/i.test(language);
  return han >= 0.1 * visible && han > 0;
}

interface Kinds {
  readonly visible: number;
  readonly han: number;
  readonly digits: number;
  readonly letters: number;
  readonly marks: number;
  readonly symbols: number;
}

function countKinds(text: string): Kinds {
  const counts = { visible: 0, han: 0, digits: 0, letters: 0, marks: 0, symbols: 0 };
  for (let at = 0; at < text.length; at++) {
    const codePoint = codePointAt(text, at);
    if (codePoint > 0xffff) at++;
    const kind = classOf(codePoint);
    if (kind === space) continue;
    counts.visible++;
    if (kind === ideograph) counts.han++;
    else if (kind === letter || kind === mark) counts.letters++;
    else if (kind === digit) counts.digits++;
    else if (kind === punctuation) counts.marks++;
    else if (kind === symbol) counts.symbols++;
  }
  return counts;
}

/** Share of n-grams of tokens that occurred before. */
function repeatedShare(text: string, length: number): number {
  const tokens = tokensOf(text, 'words');
  const grams = tokens.count - length + 1;
  let before = 0;
  eachRepeats(tokens, length, ({ n, count, different }) => {
    if (n === length) before = count - different;
    return count > 0;
  });
  return grams <= 0 ? 0 : before / grams;
}
