/**
 * Drops documents whose normalised text came before: 128 bits of SHA-256, the first document wins.
 * Origin: the exact stage of datatrove (`exact_dedup.py`) and CCNet (Wenzek et al. 2020, §3.1, which hashes folded text
 * too). Memory: 24–48 bytes a document kept. A 128-bit hash makes a false duplicate less likely than a memory error.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';
import { Hash128Set } from './hash-set.ts';
import { normaliseOption, normaliser } from './normalise.ts';

export const exactDedup = defineStep({
  name: 'exact-dedup',
  kind: 'dedup',
  version: 1,
  config: z.strictObject({ normalize: normaliseOption }),
  describe: ({ normalize }) => `Documents with equal text (comparison: ${normalize}): the first stays`,
  async *run(documents, { normalize }, context) {
    const seen = new Hash128Set();
    const normalise = normaliser(normalize);
    for await (const document of documents) {
      if (seen.add(normalise(document.text))) yield document;
      else context.drop(document, 'exact-duplicate');
    }
  },
});
