/**
 * Keeps the side of the split that documents had in the dataset that they come from, so that what is derived from a
 * training document stays in training. The default split of a dataset made only of datasets.
 * Origin: our own; without it, augmented or filtered copies would be dealt out anew and leak between the sides.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const inherit = defineStep({
  name: 'inherit',
  kind: 'split',
  version: 1,
  config: z.strictObject({}),
  describe: () => 'the side of the split that documents have in their dataset',
  each: (_, context) => (document) => {
    if (document.split) return document;
    context.drop(document, 'no-split', 'it comes from a source without a split; use by-hash');
    return undefined;
  },
});
