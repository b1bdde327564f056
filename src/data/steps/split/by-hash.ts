/**
 * Splits by a hash of the document: stable when documents are added, equal texts on one side, the same for every order.
 * Default: by the text; `by: author` keeps all documents of one author on one side (a group split). Documents that have
 * `meta.group` (a document and what augmentation made of it) go by that instead of their text or id.
 * Origin: repeatable sampling by a hash of a key, as data warehouses split tables (FARM_FINGERPRINT in BigQuery's guides).
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { type Document, fieldOf, type SplitName } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';

/** Shares of the split, shared by the split steps. */
export const shareFields = {
  train: z.number().min(0).max(1).default(0.8).describe('Share of training documents'),
  validation: z.number().min(0).max(1).default(0.1).describe('Share of validation documents'),
  test: z.number().min(0).max(1).default(0.1).describe('Share of test documents'),
};

/** Where validation and test begin in [0, 1]. @throws AthanorError('bad-input') when the shares are not 1 in sum */
export function boundaries(shares: { train: number; validation: number; test: number }): [number, number] {
  const sum = shares.train + shares.validation + shares.test;
  if (Math.abs(sum - 1) > 1e-6) {
    throw new AthanorError('bad-input', `the shares of the split are ${sum} in sum, expected 1`, {
      hint: 'Give train, validation and test, e.g. { train: 0.8, validation: 0.1, test: 0.1 }.',
      values: { ...shares },
    });
  }
  // Rounded, so that 0.9 + 0.1 reaches the end in spite of binary fractions.
  const round = (value: number) => Math.round(value * 1e9) / 1e9;
  return [round(shares.train), round(shares.train + shares.validation)];
}

/** What keeps documents together: the value of a field; in place of a text or an id `meta.group`, where there is one. */
export function groupKey(document: Document, field: string): string {
  const own = field === 'text' || field === 'id' ? document.meta.group : undefined;
  const key = own ?? fieldOf(document, field);
  return typeof key === 'string' ? key : JSON.stringify(key ?? null);
}

export const byHash = defineStep({
  name: 'by-hash',
  kind: 'split',
  version: 1,
  config: z.strictObject({
    ...shareFields,
    by: z.string().default('text').describe('What is hashed: `text`, `id`, or a field of meta that groups documents'),
  }),
  describe: ({ train, validation, test, by }) =>
    `train ${train}, validation ${validation}, test ${test} by hash of ${by}`,
  each(options, context) {
    const [validationAt, testAt] = boundaries(options);
    return (document) => {
      const fraction = hashFraction(context.seed, groupKey(document, options.by));
      const split: SplitName = fraction < validationAt ? 'train' : fraction < testAt ? 'validation' : 'test';
      return { ...document, split };
    };
  },
});
