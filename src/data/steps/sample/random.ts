/**
 * A random sample: a fraction of the documents, or an exact number of them. Whether a document is chosen depends on its
 * id and the seed alone, not on its place; a larger sample of the same seed holds the smaller one.
 * Origin: sampling by the smallest hashes ("bottom-k", Cohen & Kaplan 2007). Two passes over the records for a fraction,
 * six for a number; 8 bytes a document on the disk.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';

export const random = defineStep({
  name: 'random',
  kind: 'sample',
  version: 1,
  config: z.strictObject({
    fraction: z.number().min(0).max(1).optional().describe('Part of the documents (0–1) to keep'),
    count: z.int().min(0).optional().describe('Number of documents to keep; all, where there are fewer'),
  }),
  describe: ({ fraction, count }) =>
    `A random sample of ${count === undefined ? `${((fraction ?? 1) * 100).toFixed(1)} %` : `${count} documents`}`,
  survey: {
    scan({ fraction, count }, { seed }) {
      if ((fraction === undefined) === (count === undefined))
        throw new AthanorError('bad-input', 'random: give either `fraction` or `count`', { place: 'random' });
      return (document) => {
        const record = new Float64Array([Math.floor(hashFraction(seed, `random\0${document.id}`) * 2 ** 48)]);
        return new Uint8Array(record.buffer);
      };
    },
    async decide({ fraction, count }, context) {
      const { selectSmallest } = await import('./select.ts');
      const { recordPass } = await import('./records.ts');
      const pass = recordPass(context, (view) => ({ group: 0, key: view.getFloat64(0, true), weight: 1 }));
      if (count === undefined) {
        const limit = (fraction ?? 1) * 2 ** 48;
        await pass((number, _, key) => {
          if (key >= limit) context.verdict(number, 0);
        });
        return;
      }
      const selection = await selectSmallest([count], pass, context.memoryBytes);
      await pass((number, group, key, weight) => {
        if (!selection.takes(group, key, weight)) context.verdict(number, 0);
      });
    },
    apply: (_, context) => (document, verdict) => {
      if (verdict === undefined) return document;
      context.drop(document, 'not-sampled');
      return undefined;
    },
  },
});
