/**
 * Does a document speak the language that it says it does, and only that? Compares the declared language (a field of
 * meta, such as what `<html lang>` said) with the one found, and measures how much of the text is in other languages,
 * paragraph by paragraph (or sentence by sentence). Writes `meta.language_mix` (share in each language, by letters,
 * ordered by size) and `meta.language_foreign` (0 to 1); drops by option.
 * Origin: OSCAR's sentence-level identification (Abadie et al. 2022, §3.1) and mC4's and MADLAD-400's audits
 * (Kudugunta et al. 2023, §2.2: documents are judged by the share of sentences in another language, limit 0.2).
 * Pieces of fewer than `min_letters` letters, or found with a low score, say nothing and are left out. Quotations are
 * normal: the default limit on the share is 0.3. Reads the whole text: about 0.1 ms for each piece.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const languageConsistency = defineStep({
  name: 'language-consistency',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    declared: z
      .array(z.string())
      .default(['language', 'html_lang', 'lang'])
      .describe('Fields of meta that may name the declared language; the first that is there counts'),
    mismatch: z
      .enum(['drop', 'annotate'])
      .default('drop')
      .describe('What happens where the main language found is not the declared one; without a declared one nothing'),
    max_foreign: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('Largest share (0–1) of the text, in letters, in other languages than the main one'),
    mixed: z.enum(['drop', 'annotate']).default('drop').describe('What happens above `max_foreign`'),
    by: z.enum(['paragraph', 'sentence']).default('paragraph').describe('Pieces of the text that are looked at'),
    min_letters: z
      .int()
      .min(1)
      .default(20)
      .describe('Shorter pieces, in letters, are left out; a Han character counts two'),
    min_score: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .describe('Pieces whose language is less probable (0–1) are left out'),
  }),
  describe: ({ mismatch, max_foreign, mixed, by }) =>
    `Declared and found language compared (${mismatch}); share of other languages by ${by} at most ${max_foreign} (${mixed})`,
  async each(options, context) {
    const { languageIdentifier, matchesLanguage, normalizeTag } = await import('../../language/identify.ts');
    const { languageMix } = await import('../../language/mix.ts');
    const identifier = languageIdentifier();
    return (document) => {
      const mix = languageMix(document.text, identifier, options);
      const main = mix.shares[0]?.language;
      if (main === undefined) {
        context.count('too-little-text');
        return document;
      }
      const field = options.declared.find(
        (name) => typeof document.meta[name] === 'string' && document.meta[name] !== '',
      );
      const declared = field === undefined ? undefined : (document.meta[field] as string);
      const agrees = declared === undefined || normalizeTag(declared) === 'und' || matchesLanguage(main, declared);
      if (!agrees) {
        if (options.mismatch === 'drop') {
          return context.drop(
            document,
            'language-mismatch',
            `declared ${declared}, found ${main} (${percent(mix.shares[0]!.share)})`,
          );
        }
        context.count('language-mismatch');
      }
      if (mix.foreign > options.max_foreign) {
        if (options.mixed === 'drop') {
          const detail = `${percent(mix.foreign)} in other languages than ${main} > ${percent(options.max_foreign)}`;
          return context.drop(document, 'mixed-languages', detail);
        }
        context.count('mixed-languages');
      }
      const language_mix = Object.fromEntries(mix.shares.map(({ language, share }) => [language, round(share)]));
      return { ...document, meta: { ...document.meta, language_mix, language_foreign: round(mix.foreign) } };
    };
  },
});

const round = (share: number): number => Math.round(share * 1e4) / 1e4;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
