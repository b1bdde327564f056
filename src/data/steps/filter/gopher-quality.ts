/**
 * Drops documents that are no prose, by counts of words, symbols, bullets and stop words.
 * Origin: Rae et al. 2021 (Gopher), appendix A1.1. Words are tokens that hold a letter or digit. datatrove's
 * GopherQualityFilter takes shares of all tokens, punctuation marks too, so that one novel in ten (dialogue) and most of
 * the Bible have too few words with letters: `count_punctuation: true` does the same.
 * Chinese (by `meta.language`, else where most words are ideographs): each ideograph is a word, so the mean word length
 * says nothing and is not looked at; the stop words are frequent characters and the limit of alphabetic words is
 * FineWeb-2's for Mandarin (configs/cmn_Hani.yml). Other languages: no stop words unless you name some. Cost: one pass
 * over the characters.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { isSpace } from '../../text/characters.ts';
import { eachLine } from '../../text/lines.ts';
import { type Profile, profileOf } from '../../text/profile.ts';
import { hasLetter, type Tokens, tokenModes, tokensOf } from '../../text/tokens.ts';

const limit = z.number().min(0).nullable();

const config = z.strictObject({
  min_words: limit.default(50).describe('Fewest words; null: no limit, here and below'),
  max_words: limit.default(100_000).describe('Most words'),
  min_mean_word_length: limit.default(3).describe('Shortest mean word, in characters; not for Chinese'),
  max_mean_word_length: limit.default(10).describe('Longest mean word, in characters; not for Chinese'),
  max_symbols_per_word: limit.default(0.1).describe('Most `#`, and most ellipses (`...` or `…`), a word'),
  max_bullet_lines: limit.default(0.9).describe('Largest share of lines that begin with `•` or `-`'),
  max_ellipsis_lines: limit.default(0.3).describe('Largest share of lines that end with an ellipsis'),
  min_alphabetic_words: limit.default(0.8).describe('Smallest share of words with a letter'),
  min_alphabetic_words_chinese: limit.default(0.735).describe('The same for Chinese'),
  min_stop_words: z.int().min(0).default(2).describe('Fewest different stop words'),
  stop_words: z
    .array(z.string().min(1))
    .optional()
    .describe('Stop words for every language; default: by language, none where it is neither English nor Chinese'),
  count_punctuation: z
    .boolean()
    .default(false)
    .describe('Count punctuation marks as words where a share or a number a word is taken, as datatrove does'),
  words: z
    .enum(tokenModes)
    .default('words')
    .describe('`words`: words and punctuation marks, each ideograph one; `whitespace`: between white space'),
});

type Config = z.output<typeof config>;

/** Rae et al. 2021. */
const ENGLISH = ['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'];
/** The most frequent characters of both scripts; after the stop words in FineWeb-2's configs/cmn_Hani.yml. */
const CHINESE = [...'的年在月是和日了於为為有被人中他与與后後也而由不一这這'];

export const gopherQuality = defineStep({
  name: 'gopher-quality',
  kind: 'filter',
  version: 1,
  config,
  describe: () => 'Gopher quality rules: number and length of words, symbols, bullets, stop words',
  each: (options, context) => (document) => {
    const broken = brokenRule(document, options);
    return broken ? context.drop(document, ...broken) : document;
  },
});

type Broken = readonly [reason: string, detail: string];

function brokenRule(document: Document, options: Config): Broken | undefined {
  const tokens = tokensOf(document.text, options.words);
  const profile = profileOf(document, tokens);
  return (
    brokenWordRule(tokens, profile, options) ??
    brokenLineRule(document.text, options) ??
    brokenContent(tokens, profile, options)
  );
}

function brokenWordRule(tokens: Tokens, profile: Profile, options: Config): Broken | undefined {
  const { words, wordLength, text } = tokens;
  const count = options.count_punctuation ? tokens.count : words;
  if (options.min_words !== null && words < options.min_words)
    return ['too-few-words', `${words} words < ${options.min_words}`];
  if (options.max_words !== null && words > options.max_words)
    return ['too-many-words', `${words} words > ${options.max_words}`];
  if (profile !== 'chinese') {
    const mean = words === 0 ? 0 : wordLength / words;
    if (options.min_mean_word_length !== null && mean < options.min_mean_word_length)
      return ['short-words', `mean word length ${mean.toFixed(2)} < ${options.min_mean_word_length}`];
    if (options.max_mean_word_length !== null && mean > options.max_mean_word_length)
      return ['long-words', `mean word length ${mean.toFixed(2)} > ${options.max_mean_word_length}`];
  }
  const most = options.max_symbols_per_word;
  if (most === null) return undefined;
  const hashes = countOf(text, '#');
  if (hashes > most * count) return ['too-many-hashes', `${hashes} # in ${count} words, more than ${most} each`];
  const ellipses = countOf(text, '...') + countOf(text, '…');
  if (ellipses > most * count)
    return ['too-many-ellipses', `${ellipses} ellipses in ${count} words, more than ${most} each`];
  return undefined;
}

function brokenLineRule(text: string, options: Config): Broken | undefined {
  if (options.max_bullet_lines === null && options.max_ellipsis_lines === null) return undefined;
  let lines = 0;
  let bullets = 0;
  let ellipses = 0;
  eachLine(text, (start, end) => {
    lines++;
    let first = start;
    while (first < end && isSpace(text.charCodeAt(first))) first++;
    if (first === end) return;
    const unit = text.charCodeAt(first);
    if (unit === 0x2022 || unit === 0x2d) bullets++;
    let last = end;
    while (isSpace(text.charCodeAt(last - 1))) last--;
    if (text.charCodeAt(last - 1) === 0x2026 || (last - first >= 3 && text.startsWith('...', last - 3))) ellipses++;
  });
  if (options.max_bullet_lines !== null && bullets > options.max_bullet_lines * lines)
    return ['bullet-lines', `${bullets} of ${lines} lines begin with a bullet, more than ${options.max_bullet_lines}`];
  if (options.max_ellipsis_lines !== null && ellipses > options.max_ellipsis_lines * lines)
    return [
      'ellipsis-lines',
      `${ellipses} of ${lines} lines end with an ellipsis, more than ${options.max_ellipsis_lines}`,
    ];
  return undefined;
}

function brokenContent(tokens: Tokens, profile: Profile, options: Config): Broken | undefined {
  const { flags } = tokens;
  const count = options.count_punctuation ? tokens.count : tokens.words;
  const least = profile === 'chinese' ? options.min_alphabetic_words_chinese : options.min_alphabetic_words;
  if (least !== null) {
    let alphabetic = 0;
    for (let i = 0; i < tokens.count; i++) alphabetic += flags[i]! & hasLetter;
    if (alphabetic / count < least)
      return ['few-letters', `${(alphabetic / count).toFixed(3)} of words hold a letter < ${least}`];
  }
  const wanted = options.stop_words ?? (profile === 'chinese' ? CHINESE : profile === 'english' ? ENGLISH : []);
  const fewest = wanted.length === 0 ? 0 : options.min_stop_words;
  if (fewest === 0) return undefined;
  const found = countStopWords(tokens, new Set(wanted), fewest);
  return found >= fewest ? undefined : ['few-stop-words', `${found} different stop words < ${fewest}`];
}

/** Different stop words among the tokens; stops at `enough`. */
function countStopWords({ text, count, starts, ends }: Tokens, wanted: ReadonlySet<string>, enough: number): number {
  const longest = Math.max(...[...wanted].map(({ length }) => length));
  const found = new Set<string>();
  for (let i = 0; i < count && found.size < enough; i++) {
    if (ends[i]! - starts[i]! > longest) continue;
    const token = text.slice(starts[i], ends[i]);
    if (wanted.has(token)) found.add(token);
  }
  return found.size;
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
