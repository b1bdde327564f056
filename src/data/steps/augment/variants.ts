/**
 * What the augmentation steps share: how many copies, which documents, when a copy counts as new, and how it is marked.
 * A copy of document `d` by step `s` has the id `d#aug-s-<n>`, `meta.augmented_from: d` (of a copy of a copy: the first
 * document), `meta.augmented_by: s`, and the side of the split of `d` where it has one. Every document that passes gets
 * `meta.group` (a hash of its text, where it has no group yet), copies that of their document: split steps go by it, so
 * that original and copies, and equal texts, stay on one side. Documents of other sides than training are never augmented.
 */
import { z } from 'zod';
import { Rng } from '../../../core/index.ts';
import { entitiesOf } from '../../annotation/meta-entities.ts';
import type { Entity } from '../../annotation/schema.ts';
import { type Document, messagesOf } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import type { StepContext } from '../../step.ts';
import { hashHex128 } from '../../text/hash.ts';
import type { Edited } from './edits.ts';
import { similarity } from './similarity.ts';

export const variantFields = {
  copies: z.int().min(1).max(100).default(1).describe('Copies wanted of a document'),
  max_similarity: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe(
      'Copies that are more alike than this to the document or to another copy are rejected: Dice over neighbouring words, from 0 to 1',
    ),
  attempts: z.int().min(1).max(20).default(3).describe('How often a rejected copy is made anew'),
  keep_original: z.boolean().default(true).describe('The document itself goes on too, before its copies'),
  augment_copies: z.boolean().default(false).describe('Also augment what an earlier step made by augmentation'),
};

export type VariantOptions = z.output<z.ZodObject<typeof variantFields>>;

export const rateField = (what: string, value: number) =>
  z.number().gt(0).max(1).default(value).describe(`Share of ${what}, from 0 to 1`);

/** With the key that split steps keep documents together by. */
export function withGroup(document: Document): Document {
  if (document.split !== undefined || document.meta.group !== undefined) return document;
  return { ...document, meta: { ...document.meta, group: hashHex128(document.text) } };
}

/** Whether a document is to be augmented; says why not in the counters. */
export function isAugmentable(document: Document, { augment_copies }: VariantOptions, context: StepContext): boolean {
  if (document.split !== undefined && document.split !== 'train') {
    context.count('not-training');
    return false;
  }
  if (messagesOf(document)) {
    // Its turns would no longer say what its text says.
    context.count('chat-documents');
    return false;
  }
  return augment_copies || document.meta.augmented_from === undefined;
}

/**
 * The document and its copies.
 * @param make one copy, or undefined where it cannot be made
 * @param unitsOf what copies are compared by
 */
export function withVariants(
  step: string,
  given: Document,
  options: VariantOptions,
  context: StepContext,
  unitsOf: (text: string) => readonly string[],
  make: (rng: Rng, entities: readonly Entity[], copy: number) => Edited | undefined,
): readonly Document[] {
  const document = withGroup(given);
  const result: Document[] = options.keep_original ? [document] : [];
  if (!isAugmentable(document, options, context)) return [document];
  const entities = entitiesOf(document);
  const key = Math.floor(hashFraction(context.seed, `${step}\0${document.id}`) * 2 ** 48);
  const seen = [unitsOf(document.text)];
  for (let copy = 0; copy < options.copies; copy++) {
    let outcome = 'unchanged';
    for (let attempt = 0; attempt < options.attempts; attempt++) {
      const edited = make(new Rng(key, copy * options.attempts + attempt), entities, copy);
      if (edited === undefined || edited.text === document.text) continue;
      const units = unitsOf(edited.text);
      outcome = 'too-similar';
      if (seen.some((one) => similarity(one, units) > options.max_similarity)) continue;
      outcome = 'copies';
      seen.push(units);
      result.push(copyOf(step, document, edited, copy + 1));
      break;
    }
    context.count(outcome);
  }
  if (result.length === 0) context.drop(document, 'not-augmented', 'no copy differed enough');
  return result;
}

/** A copy, marked as one. Meta that points into the text and is not carried along is left out. */
export function copyOf(step: string, document: Document, { text, entities }: Edited, n: number): Document {
  const { evidence: _evidence, docstring_span: _span, ...meta } = document.meta;
  return {
    ...document,
    id: `${document.id}#aug-${step}-${n}`,
    text,
    meta: {
      ...meta,
      ...(document.meta.entities === undefined
        ? {}
        : { entities: entities.map((one) => ({ ...one, text: text.slice(one.start, one.end) })) }),
      augmented_from: document.meta.augmented_from ?? document.id,
      augmented_by: step,
    },
  };
}
