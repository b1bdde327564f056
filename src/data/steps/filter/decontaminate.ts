/**
 * Finds texts of evaluation sets in documents, by the n-grams that they share, and drops the document, removes the passage
 * or notes it. Says which evaluation item was found.
 * Origin: GPT-3 (Brown et al. 2020, appendix C: 13-grams of words, lower case, no punctuation; 200 characters to either side
 * removed; texts down to 8 words matched as a whole); datatrove's `decont/n_grams.py`, lm-evaluation-harness. A Han or kana
 * character counts as a word here, so that Chinese has an n of its own: 20 characters say about what 13 words do.
 *
 * `sets` names JSON Lines files (.gz too): `{ path, fields, id, name }`; a field may be a dotted path through lists, such as
 * `data.paragraphs.context` in SQuAD's own file. Give questions and passages; answers of one word match everywhere and are
 * too short to count. Texts of fewer words than `min_ngram` are not looked for.
 *
 * Cost: linear in the text; memory about 24 bytes an n-gram of the sets on each
 * thread.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { defineStep, type StepContext } from '../../step.ts';
import { classOf, codePointAt, mark } from '../../text/characters.ts';
import { EvaluationIndex, type Match } from './evaluation-index.ts';

const set = z.strictObject({
  path: z.union([z.string(), z.array(z.string()).min(1)]).describe('JSON Lines files, or globs'),
  fields: z
    .array(z.string().min(1))
    .min(1)
    .default(['question'])
    .describe('Fields that hold the texts; a dotted path goes through objects and lists'),
  id: z.string().optional().describe('Field with the name of an item; default: its line'),
  name: z.string().optional().describe('How the reports call the set; default: the name of the file'),
});

const config = z.strictObject({
  sets: z.array(set).min(1).describe('Evaluation sets to keep out'),
  ngram: z.int().min(2).max(200).default(13).describe('Words of an n-gram'),
  ngram_han: z
    .int()
    .min(2)
    .max(400)
    .default(20)
    .describe('Characters of an n-gram where most of the words are Han or kana characters'),
  min_ngram: z
    .int()
    .min(1)
    .max(200)
    .default(8)
    .describe('Evaluation texts shorter than an n-gram are found as a whole from this many words on'),
  min_matches: z.int().min(1).default(1).describe('n-grams that must be found before anything is done'),
  action: z
    .enum(['drop', 'remove', 'annotate'])
    .default('drop')
    .describe('Drop the document, remove the passage, or note it in `meta.contamination`'),
  window: z.int().min(0).default(200).describe('remove: characters to either side that go too'),
  min_left: z
    .int()
    .min(0)
    .default(200)
    .describe('remove: pieces of fewer characters go; a document without any is dropped'),
});
type Options = z.output<typeof config>;

export const decontaminate = defineStep({
  name: 'decontaminate',
  kind: 'filter',
  version: 1,
  config,
  files: ({ sets }) => sets.flatMap(({ path }) => path),
  describe: ({ sets, ngram, ngram_han, action }) =>
    `Documents that share a ${ngram}-gram of words (${ngram_han} Han characters) with ${sets.map(({ name, path }) => name ?? String(path)).join(', ')}: ${action}`,
  async each(options, context) {
    const lengths = { ...options, min_ngram: Math.min(options.min_ngram, options.ngram) };
    const index = await EvaluationIndex.load(options.sets, lengths, context.baseDir);
    return (document) => {
      const { matches, total } = index.find(document.text);
      if (matches.length < options.min_matches) return document;
      return handle(document, { matches, total, index }, options, context);
    };
  },
});

interface Found {
  readonly matches: readonly Match[];
  readonly total: number;
  readonly index: EvaluationIndex;
}

function handle(document: Document, found: Found, options: Options, context: StepContext): Document | undefined {
  const { matches, total, index } = found;
  const items = [...new Set(matches.map(({ item }) => item))];
  for (const number of new Set(items.map((item) => index.setOf[item]!)))
    context.count(`found-in-${index.sets[number]!}`);
  const names = items.map((item) => index.items[item]!);
  if (options.action === 'annotate') {
    const contamination = { matches: matches.length, ngrams: total, items: names.slice(0, 20) };
    return { ...document, meta: { ...document.meta, contamination } };
  }
  const others = names.length > 1 ? ` and ${names.length - 1} more` : '';
  const detail = `${matches.length} ${matches.length === 1 ? 'n-gram' : 'n-grams'} of ${names[0]!}${others}`;
  if (options.action === 'drop') {
    return context.drop(document, 'contaminated', detail);
  }
  const pieces = without(document.text, matches, options);
  if (pieces.length === 0) {
    return context.drop(document, 'contaminated', `${detail}, no ${options.min_left} characters left beside`);
  }
  const text = pieces.join('\n');
  context.count('removed-characters', document.text.length - text.length);
  return { ...document, text };
}

/** What lies between the matches and their surroundings, in pieces that are long enough. */
function without(text: string, matches: readonly Match[], { window, min_left }: Options): string[] {
  const pieces: string[] = [];
  let done = 0;
  const add = (end: number): void => {
    const piece = text.slice(done, Math.max(done, end)).trim();
    if (piece.length >= min_left && piece !== '') pieces.push(piece);
  };
  for (const { start, end } of matches) {
    const from = whole(text, Math.max(0, start - window));
    const to = whole(text, Math.min(text.length, end + window));
    if (from > done) add(from);
    done = Math.max(done, to);
  }
  add(text.length);
  return pieces;
}

/** The first place from `at` on that is inside no character. */
function whole(text: string, at: number): number {
  let place = at;
  if (place > 0 && place < text.length) {
    const unit = text.charCodeAt(place);
    const before = text.charCodeAt(place - 1);
    if (unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff) place++;
  }
  while (place > 0 && place < text.length) {
    const point = codePointAt(text, place);
    if (classOf(point) !== mark) break;
    place += point > 0xffff ? 2 : 1;
  }
  return place;
}
