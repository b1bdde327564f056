/**
 * Scores how offensive a text is with a linear classifier, writes `meta.toxicity` (0 to 1), drops by threshold.
 * Long documents are scored in pieces, for one insult among a thousand words does not show in the whole: the worst
 * piece counts (`worst`), or the mean over pieces (`mean`).
 * Origin: Jigsaw-style classifiers as used for Dolma (Soldaini et al. 2024, §4.2), which removes sentences above a
 * threshold. The model that ships was trained on COLD's training part (Deng et al. 2022, Chinese posts) and on posts of
 * Davidson et al. 2017 (English): what is offensive is what those annotators called so. Such models take names of
 * groups for offence (docs/data/classifiers.md has the false-positive rate for each name): look at what is dropped
 * before you trust it, or train your own with `athanor data train-classifier`.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const toxicity = defineStep({
  name: 'toxicity',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    model: z.string().optional().describe('Model file of `athanor data train-classifier`; default: the one that ships'),
    label: z.string().default('toxic').describe('Label whose probability is the toxicity'),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.8)
      .describe('Above this toxicity (0–1) a document is dropped; high, for names of groups alone raise the score'),
    piece_characters: z
      .int()
      .min(20)
      .default(400)
      .describe('Pieces of about so many characters, cut between sentences, are scored each for itself'),
    combine: z.enum(['worst', 'mean']).default('worst').describe('How the pieces’ scores become the document’s'),
    action: z.enum(['drop', 'annotate']).default('drop').describe('What happens above the threshold'),
  }),
  files: ({ model }) => (model === undefined ? [] : [model]),
  describe: ({ model, threshold, combine, action }) =>
    `Toxicity by ${model ?? 'the model that ships'} (${combine} piece), ${action === 'drop' ? `dropped above ${threshold}` : 'written to meta'}`,
  async each({ model, label, threshold, piece_characters, combine, action }, context) {
    const { labelScore, modelAt, shippedToxicity } = await import('../../classifier/shipped.ts');
    const { piecesOf } = await import('../../classifier/pieces.ts');
    const file = model === undefined ? shippedToxicity() : modelAt(model, context.baseDir);
    const scorer = labelScore(file, label, threshold, 'toxicity.label');
    return (document) => {
      let worst = 0;
      let sum = 0;
      let n = 0;
      for (const piece of piecesOf(document.text, piece_characters)) {
        const score = scorer.score(piece);
        worst = Math.max(worst, score);
        sum += score;
        n++;
      }
      const raw = n === 0 ? 0 : combine === 'worst' ? worst : sum / n;
      const value = Math.round(raw * 1e4) / 1e4;
      if (value > threshold && action === 'drop') {
        return context.drop(document, 'toxic', `toxicity ${value.toFixed(3)} > ${threshold}`);
      }
      if (value > threshold) context.count('toxic');
      return { ...document, meta: { ...document.meta, toxicity: value } };
    };
  },
});
