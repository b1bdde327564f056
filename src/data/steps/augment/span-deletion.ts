/**
 * Deletes spans of words: runs whose lengths follow a geometric distribution, until `rate` of the words is gone. Words of
 * `meta.entities` are never touched, and the entities' offsets move along.
 * Origin: span deletion of Wu et al. 2020 (CLEAR), §3.2, with the span lengths of SpanBERT (Joshi et al. 2020, §3.1:
 * geometric, p = 0.2, at most 10). Works on words of any language (each Han character is one). Cost: one pass a copy.
 */
import { z } from 'zod';
import type { Rng } from '../../../core/index.ts';
import { defineStep } from '../../step.ts';
import { eachWord, splitWords } from '../../text/words.ts';
import { applyEdits, type Edit, freeOf } from './edits.ts';
import { rateField, variantFields, withVariants } from './variants.ts';

export const spanDeletion = defineStep({
  name: 'span-deletion',
  kind: 'augment',
  version: 1,
  config: z.strictObject({
    rate: rateField('the words that are deleted', 0.1),
    p: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('Chance that a span ends after each of its words: its mean length is about 1/p'),
    max_span: z.int().min(1).default(10).describe('Longest span, in words'),
    ...variantFields,
  }),
  describe: ({ rate, copies, max_span }) =>
    `${copies} copies a document without ${rate} of the words, in spans of at most ${max_span}`,
  each: (options, context) => (document) => {
    let words: [number, number][] | undefined;
    return withVariants('span-deletion', document, options, context, splitWords, (rng, entities) => {
      if (words === undefined) {
        const found: [number, number][] = [];
        eachWord(document.text, (start, end) => found.push([start, end]));
        words = found;
      }
      return applyEdits(document.text, entities, deleteSpans(document.text, words, freeOf(entities), options, rng));
    });
  },
});

function deleteSpans(
  text: string,
  words: readonly (readonly [number, number])[],
  isFree: (start: number, end: number) => boolean,
  { rate, p, max_span }: { rate: number; p: number; max_span: number },
  rng: Rng,
): Edit[] {
  const budget = Math.max(1, Math.round(rate * words.length));
  const gone = new Uint8Array(words.length);
  let deleted = 0;
  // Misses (entities, what is gone already) are bounded: a text of nothing but entities loses nothing.
  for (let tries = 0; deleted < budget && tries < 4 * budget + 8; tries++) {
    let length = 1;
    while (length < max_span && rng.uniform() >= p) length++;
    const first = rng.int(Math.max(1, words.length));
    for (let i = first; i < Math.min(words.length, first + length) && deleted < budget; i++) {
      if (gone[i] === 1 || !isFree(...words[i]!)) break;
      gone[i] = 1;
      deleted++;
    }
  }
  if (deleted === words.length) return [];
  const edits: Edit[] = [];
  for (let i = 0; i < words.length; i++) {
    if (gone[i] === 0) continue;
    const start = words[i]![0];
    while (i + 1 < words.length && gone[i + 1] === 1 && isFree(start, words[i + 1]![1])) i++;
    let end = words[i]![1];
    // "a b c" without b is "a c".
    if (text[end] === ' ' && (start === 0 || /\s/.test(text[start - 1]!)) && isFree(start, end + 1)) end++;
    edits.push({ start, end, text: '' });
  }
  return edits;
}
