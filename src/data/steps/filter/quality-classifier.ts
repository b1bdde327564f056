/**
 * Scores each document with a linear classifier that was trained by `athanor data train-classifier`, writes the
 * probability of one label to `meta.quality` (0 to 1) and drops what lies below a threshold.
 * Origin: the fastText-like quality classifiers of GPT-3 (Brown et al. 2020, appendix A), CCNet/LLaMA's "Wikipedia
 * reference" classifier (Touvron et al. 2023, §2.1) and DCLM (Li et al. 2024, §4.4). Without a threshold the model's own
 * is used: the one with the best F1 for this label on its held-out part. `soft` keeps a document below the threshold
 * with a chance: where a Pareto draw exceeds 1 − score; `threshold: 1, soft: 9` is GPT-3's rule. To keep a share of the
 * corpus instead, as DCLM does, annotate, then `top-share`. About 3 to 11 MB of text a second on one core.
 */
import { z } from 'zod';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';

export const qualityClassifier = defineStep({
  name: 'quality-classifier',
  kind: 'filter',
  version: 2,
  config: z.strictObject({
    model: z.string().describe('Model file of `athanor data train-classifier`'),
    label: z.string().default('good').describe('Label whose probability is the quality'),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Lowest quality (0–1) kept; default: the model’s own threshold'),
    action: z.enum(['drop', 'annotate']).default('drop').describe('What happens below the threshold'),
    soft: z
      .number()
      .positive()
      .optional()
      .describe('Shape of a Pareto distribution by which some documents below are kept (GPT-3: 9); default: none'),
  }),
  files: ({ model }) => [model],
  describe: ({ model, label, threshold, action }) =>
    `Quality by ${model} (${label}), ${action === 'drop' ? `kept from ${threshold ?? 'its threshold'}` : 'written to meta'}`,
  async each({ model, label, threshold, action, soft }, context) {
    const { labelScore, modelAt } = await import('../../classifier/shipped.ts');
    const scorer = labelScore(modelAt(model, context.baseDir), label, threshold, 'quality-classifier.label');
    return (document) => {
      const quality = Math.round(scorer.score(document.text) * 1e6) / 1e6;
      if (quality < scorer.threshold && action === 'drop') {
        if (soft === undefined || !paretoKeeps(quality, soft, context.seed, document.id)) {
          return context.drop(document, 'low-quality', `quality ${quality.toFixed(3)} < ${scorer.threshold}`);
        }
        context.count('kept-by-chance');
      }
      return { ...document, meta: { ...document.meta, quality } };
    };
  },
});

/** numpy's `pareto(a) > 1 - score`: a Lomax draw by inversion. */
function paretoKeeps(score: number, shape: number, seed: number, id: string): boolean {
  const uniform = hashFraction(seed, `quality-classifier\0${id}`);
  return (1 - uniform) ** (-1 / shape) - 1 > 1 - score;
}
