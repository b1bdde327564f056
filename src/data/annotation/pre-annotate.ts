/**
 * First proposals for annotators: entities by rules (regular expressions) and dictionaries (longest match). Pure; the
 * step `pre-annotate` and the labelling page call it. Models: `model-annotate.ts`.
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ahoCorasick, foldCase, type WordMatcher } from './aho-corasick.ts';
import { withoutOverlaps } from './bio.ts';
import type { Entity } from './schema.ts';

export const ruleSchema = z.strictObject({
  pattern: z.string().min(1).describe('JavaScript regular expression, matched with the flag `u`'),
  label: z.string().min(1).describe('Label of what it matches'),
  group: z
    .union([z.int().min(0), z.string()])
    .default(0)
    .describe('Group of the pattern that is the entity, by number or name; 0: the whole match'),
  ignore_case: z.boolean().default(false).describe('Match without regard to case'),
});

export const dictionarySchema = z.strictObject({
  label: z.string().min(1).describe('Label of the words'),
  words: z.array(z.string().min(1)).default([]).describe('The words themselves'),
  path: z
    .string()
    .optional()
    .describe('File of words, one a line (after a tab or `#` comes a comment), relative to the recipe'),
  ignore_case: z.boolean().default(false).describe('Match without regard to case'),
  whole_words: z
    .boolean()
    .default(true)
    .describe(
      'Not inside a longer run of letters and digits; Chinese and Japanese, written without spaces, always match',
    ),
});

export type AnnotationRule = z.output<typeof ruleSchema>;
/** A dictionary whose file was read. */
export type WordList = Omit<z.output<typeof dictionarySchema>, 'path'>;

/** Finds entities in a text; sorted, without overlaps (the longest stays, then what comes first in the config). */
export type PreAnnotator = (text: string) => Entity[];

/** @throws AthanorError('bad-input') for a pattern that does not compile */
export function preAnnotator(rules: readonly AnnotationRule[], dictionaries: readonly WordList[]): PreAnnotator {
  const patterns = rules.map((rule, i) => compile(rule, i));
  const matchers = dictionaries.map((list) => ({
    list,
    matcher: ahoCorasick(list.words, list.ignore_case ? foldCase : undefined),
  }));
  return (text) => {
    const found: Found[] = [];
    for (const [rank, { rule, regExp }] of patterns.entries()) {
      for (const match of text.matchAll(regExp)) {
        const span = typeof rule.group === 'number' ? match.indices?.[rule.group] : match.indices?.groups?.[rule.group];
        if (span === undefined || span[0] === span[1]) continue;
        found.push({ start: span[0], end: span[1], label: rule.label, source: `rule:${rank + 1}`, rank });
      }
    }
    for (const [n, { list, matcher }] of matchers.entries())
      found.push(...longestMatches(text, list, matcher, patterns.length + n));
    return withoutOverlaps(found.sort((a, b) => a.rank - b.rank)).kept.map(({ start, end, label, source }, i) => ({
      id: `e${i + 1}`,
      start,
      end,
      label,
      text: text.slice(start, end),
      source,
    }));
  };
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly source: string;
  readonly rank: number;
}

function compile(rule: AnnotationRule, i: number): { rule: AnnotationRule; regExp: RegExp } {
  try {
    return { rule, regExp: new RegExp(rule.pattern, `dgu${rule.ignore_case ? 'i' : ''}`) };
  } catch (error) {
    throw new AthanorError('bad-input', `rules[${i}].pattern: ${(error as Error).message}`, {
      hint: 'Expected a regular expression of JavaScript with the flag `u`.',
      values: { pattern: rule.pattern },
      cause: error,
    });
  }
}

/** Of the words that begin at one place the longest, from left to right, without overlaps. */
function longestMatches(text: string, list: WordList, matcher: WordMatcher, rank: number): Found[] {
  const longest = new Map<number, number>();
  for (const { start, end } of matcher.matches(text)) {
    if (list.whole_words && !(isBorder(text, start) && isBorder(text, end))) continue;
    if (end > (longest.get(start) ?? 0)) longest.set(start, end);
  }
  const found: Found[] = [];
  let covered = 0;
  for (const [start, end] of [...longest].sort(([a], [b]) => a - b)) {
    if (start < covered) continue;
    found.push({ start, end, label: list.label, source: 'dictionary', rank });
    covered = end;
  }
  return found;
}

const WORD = /[\p{L}\p{N}\p{M}_]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Whether a word may begin or end at a place: not between two letters or digits of a script with spaces. */
function isBorder(text: string, at: number): boolean {
  if (at === 0 || at === text.length) return true;
  const low = text.charCodeAt(at - 1);
  const before = low >= 0xdc00 && low <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text[at - 1]!;
  const after = String.fromCodePoint(text.codePointAt(at)!);
  const joins = (character: string) => WORD.test(character) && !UNSPACED.test(character);
  return !(joins(before) && joins(after));
}
