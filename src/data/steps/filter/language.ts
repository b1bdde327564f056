/**
 * Language identification: writes `meta.language` (BCP-47, Chinese as `zh-Hans` or `zh-Hant`) and `meta.language_score`
 * (0 to 1), and drops what is in none of the wanted languages, or not surely enough.
 * Origin: CCNet's language step (Wenzek et al. 2020, §3.2), which keeps documents whose fastText score is 0.5 or more;
 * FineWeb (Penedo et al. 2024) takes 0.65, our default. The identifier is our own: 86 languages by 22 scripts and a
 * linear model over character n-grams (docs/data/language.md has its accuracy beside fastText's lid.176).
 * Costs 0.05 to 0.3 ms a document: at most 1,000 characters of it are read.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const language = defineStep({
  name: 'language',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    languages: z
      .array(z.string().min(2))
      .default([])
      .describe('Languages kept, such as `en`, `zh` (any Chinese), `zh-Hant`; empty: all, the step only annotates'),
    min_score: z
      .number()
      .min(0)
      .max(1)
      .default(0.65)
      .describe('Lowest probability (0–1) of the found language that is kept; counts only where `languages` is given'),
    overwrite: z.boolean().default(true).describe('Replace a language that meta names already'),
  }),
  describe: ({ languages, min_score }) =>
    languages.length === 0
      ? 'Language of each document written to meta'
      : `Kept: ${languages.join(', ')} with a score of ${min_score} or more`,
  async each({ languages, min_score, overwrite }, context) {
    const { languageIdentifier, matchesLanguage } = await import('../../language/identify.ts');
    const { checkLanguages } = await import('../../language/check.ts');
    const identifier = languageIdentifier();
    checkLanguages(languages, identifier, 'languages');
    return (document) => {
      const { language: found, score } = identifier.identify(document.text);
      const rounded = Math.round(score * 1e4) / 1e4;
      if (languages.length > 0) {
        if (!languages.some((wanted) => matchesLanguage(found, wanted))) {
          return context.drop(
            document,
            'other-language',
            `language ${found} (${rounded.toFixed(2)}), wanted ${languages.join(', ')}`,
          );
        }
        if (score < min_score) {
          return context.drop(
            document,
            'language-unsure',
            `language ${found} with score ${rounded.toFixed(2)} < ${min_score}`,
          );
        }
      }
      context.count(found);
      if (!overwrite && typeof document.meta.language === 'string') return document;
      return { ...document, meta: { ...document.meta, language: found, language_score: rounded } };
    };
  },
});
