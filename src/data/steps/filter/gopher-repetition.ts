/**
 * Drops documents that repeat themselves: duplicate lines and paragraphs, one frequent n-gram, or many n-grams that
 * occurred before.
 * Origin: Rae et al. 2021 (Gopher), Table A1, with all its thresholds; measured as datatrove's GopherRepetitionFilter
 * does: a copy counts and its first occurrence does not, duplicate n-grams do not overlap, shares are of all characters
 * of the text. Chinese and Japanese (by `meta.language`, else where most words are ideographs): every ideograph counts as a
 * word, so n-grams are twice as long, with FineWeb-2's limits for Mandarin (configs/cmn_Hani.yml): on 150 statutes the
 * shares come out within 0.03 of those that datatrove measures on jieba's words; the spaces that datatrove counts between the words of a frequent n-gram are left
 * out beside ideographs, as the text has none. Cost: about 15 ns a character; n-grams are
 * measured on the first 8 million words.
 */
import { z } from 'zod';
import { countCharacters, type Document } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { measureDuplicates } from '../../text/duplicates.ts';
import { isBlank } from '../../text/lines.ts';
import { profileOf } from '../../text/profile.ts';
import { eachRepeats, type Repeats } from '../../text/repeats.ts';
import { isIdeograph, type Tokens, tokenModes, tokensOf } from '../../text/tokens.ts';

const share = z.number().min(0).max(1).nullable();
const shares = z.array(z.tuple([z.int().min(1).max(20), z.number().min(0).max(1)]));

const config = z.strictObject({
  duplicate_lines: share.default(0.3).describe('Largest share of lines that occurred before; null: no limit'),
  duplicate_paragraphs: share.default(0.3).describe('Largest share of paragraphs that occurred before'),
  duplicate_line_characters: share.default(0.2).describe('Largest share of characters in lines that occurred before'),
  duplicate_paragraph_characters: share
    .default(0.2)
    .describe('Largest share of characters in paragraphs that occurred before'),
  top_ngrams: shares
    .default([
      [2, 0.2],
      [3, 0.18],
      [4, 0.16],
    ])
    .describe('Pairs [n, share]: the most frequent n-gram of words may hold this share of characters'),
  duplicate_ngrams: shares
    .default([
      [5, 0.15],
      [6, 0.14],
      [7, 0.13],
      [8, 0.12],
      [9, 0.11],
      [10, 0.1],
    ])
    .describe('Pairs [n, share]: n-grams that occurred before may hold this share of characters'),
  chinese: z
    .strictObject({
      duplicate_lines: share.default(0.287).describe('As above'),
      top_ngrams: shares
        .default([
          [4, 0.256],
          [6, 0.201],
          [8, 0.171],
        ])
        .describe('As above, in ideographs'),
      duplicate_ngrams: shares
        .default([
          [10, 0.198],
          [12, 0.182],
          [14, 0.167],
          [16, 0.154],
          [18, 0.14],
          [20, 0.127],
        ])
        .describe('As above, in ideographs'),
    })
    .prefault({})
    .describe('Limits for Chinese and Japanese'),
  words: z
    .enum(tokenModes)
    .default('words')
    .describe('`words`: words and punctuation marks, each ideograph one; `whitespace`: between white space'),
});

type Config = z.output<typeof config>;

export const gopherRepetition = defineStep({
  name: 'gopher-repetition',
  kind: 'filter',
  version: 1,
  config,
  describe: () => 'Gopher repetition rules: duplicate lines, paragraphs and n-grams',
  each: (options, context) => (document) => {
    const broken = brokenRule(document, options);
    return broken ? context.drop(document, ...broken) : document;
  },
});

type Broken = readonly [reason: string, detail: string];

const above = (reason: string, value: number, limit: number): Broken => [reason, `${value.toFixed(3)} > ${limit}`];

function brokenRule(document: Document, given: Config): Broken | undefined {
  const { text } = document;
  if (text === '') return ['empty', 'no text'];
  const tokens = tokensOf(text, given.words);
  const options = profileOf(document, tokens) === 'chinese' ? { ...given, ...given.chinese } : given;
  const characters = countCharacters(text);
  const paragraphs = trimmed(text).split(/\n{2,}/);
  const lines = text.split(/\n+/);
  for (const [parts, name, count, size] of [
    [paragraphs, 'paragraph', options.duplicate_paragraphs, options.duplicate_paragraph_characters],
    [lines, 'line', options.duplicate_lines, options.duplicate_line_characters],
  ] as const) {
    const duplicate = measureDuplicates(parts);
    const countShare = duplicate.parts / parts.length;
    const sizeShare = duplicate.characters / characters;
    if (count !== null && countShare > count) return above(`duplicate-${name}s`, countShare, count);
    if (size !== null && sizeShare > size) return above(`duplicate-${name}-characters`, sizeShare, size);
  }
  return repeatedGrams(tokens, characters, options);
}

/** Without white space at the ends, as Python's `strip` has it. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start, start + 1)) start++;
  while (end > start && isBlank(text, end - 1, end)) end--;
  return text.slice(start, end);
}

/** The first n-gram rule that a text breaks: all frequent n-grams come before all duplicate ones. */
function repeatedGrams(tokens: Tokens, characters: number, options: Config): Broken | undefined {
  const largest = Math.max(0, ...options.top_ngrams.map(([n]) => n), ...options.duplicate_ngrams.map(([n]) => n));
  const lastTop = Math.max(0, ...options.top_ngrams.map(([n]) => n));
  let top: Broken | undefined;
  let duplicate: Broken | undefined;
  eachRepeats(tokens, largest, (repeats) => {
    const { n } = repeats;
    for (const [size, limit] of options.top_ngrams) {
      if (size !== n || tokens.count < n || top) continue;
      const value = topCharacters(tokens, repeats) / characters;
      if (value > limit) top = above(`top-${n}-gram`, value, limit);
    }
    for (const [size, limit] of options.duplicate_ngrams) {
      if (size !== n || duplicate) continue;
      const value = duplicateCharacters(tokens, repeats) / characters;
      if (value > limit) duplicate = above(`duplicate-${n}-grams`, value, limit);
    }
    return top === undefined && (duplicate === undefined || n < lastTop);
  });
  return top ?? duplicate;
}

/** Characters of the most frequent n-gram, the first of several, joined by spaces. */
function topCharacters(tokens: Tokens, { n, count, places, grams, different }: Repeats): number {
  let place = 0;
  let most = 1;
  if (count > 0) {
    const counts = new Int32Array(different);
    const firsts = new Int32Array(different);
    for (let k = count - 1; k >= 0; k--) {
      const gram = grams[k]!;
      counts[gram]!++;
      firsts[gram] = places[k]!;
    }
    for (let gram = 0; gram < different; gram++) {
      if (counts[gram]! <= most) continue;
      most = counts[gram]!;
      place = firsts[gram]!;
    }
  }
  let length = tokens.lengthBefore[place + n]! - tokens.lengthBefore[place]!;
  for (let i = place + 1; i < place + n; i++)
    if (((tokens.flags[i - 1]! | tokens.flags[i]!) & isIdeograph) === 0) length++;
  return length * most;
}

/** Characters of n-grams that occurred before, read from left to right without overlaps. */
function duplicateCharacters(tokens: Tokens, { n, count, places, grams, different }: Repeats): number {
  const seen = new Uint8Array(different);
  let characters = 0;
  let next = 0;
  for (let k = 0; k < count; k++) {
    const place = places[k]!;
    if (place < next) continue;
    const gram = grams[k]!;
    if (seen[gram] === 0) {
      seen[gram] = 1;
      continue;
    }
    characters += tokens.lengthBefore[place + n]! - tokens.lengthBefore[place]!;
    next = place + n;
  }
  return characters;
}
