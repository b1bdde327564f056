/**
 * Perplexity under a language model: writes `meta.perplexity` and drops what lies outside given limits. Low perplexity
 * is text like the model's training text; very low is boilerplate and repetition; very high is garbled text, lists,
 * other languages.
 * Origin: CCNet (Wenzek et al. 2020, §3.3), which scores with KenLM models of Wikipedia and cuts by percentiles (the
 * step `perplexity-bucket`); limits like ROOTS' (Laurençon et al. 2022, §4.1). The model is an n-gram model of `athanor data
 * train-lm`; perplexities of different models cannot be compared. 10^(−log10 P / (units + lines)), KenLM's. About a
 * million units a second.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const perplexity = defineStep({
  name: 'perplexity',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    model: z
      .strictObject({ ngram: z.string().describe('Model file of `athanor data train-lm`') })
      .describe('The language model; one for each language (with `languages`)'),
    languages: z
      .array(z.string())
      .optional()
      .describe('Only documents whose `meta.language` is one of these are scored; others pass as they are'),
    min: z.number().min(0).optional().describe('Lowest perplexity kept'),
    max: z.number().positive().optional().describe('Highest perplexity kept'),
    max_characters: z.int().positive().default(1_000_000).describe('Only so much of a text is scored, from its begin'),
    field: z.string().default('perplexity').describe('Field of meta that the perplexity is written to'),
  }),
  files: ({ model }) => [model.ngram],
  describe: ({ model, min, max }) =>
    `Perplexity by ${model.ngram}${min === undefined ? '' : `, at least ${min}`}${max === undefined ? '' : `, at most ${max}`}`,
  async each({ model, languages, min, max, max_characters, field }, context) {
    const { loadNgramModel } = await import('../../ngram-lm/file.ts');
    const { matchesLanguage } = await import('../../language/identify.ts');
    const { model: ngram } = loadNgramModel(resolve(context.baseDir, model.ngram));
    return (document) => {
      const language = document.meta.language;
      if (
        languages &&
        !(typeof language === 'string' && languages.some((wanted) => matchesLanguage(language, wanted)))
      ) {
        context.count('other-language');
        return document;
      }
      const exact = ngram.perplexity(document.text.slice(0, max_characters));
      if (Number.isNaN(exact)) {
        context.count('no-text');
        return document;
      }
      const value = Number(exact.toPrecision(6));
      if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
        const low = min !== undefined && value < min;
        const detail = `perplexity ${value} ${low ? `< ${min}` : `> ${max}`}`;
        context.drop(document, low ? 'low-perplexity' : 'high-perplexity', detail);
        return undefined;
      }
      return { ...document, meta: { ...document.meta, [field]: value } };
    };
  },
});
