/**
 * Drops documents that are nearly equal to one that was kept: MinHash signatures find candidates by locality-sensitive
 * hashing, exact Jaccard similarity of the n-gram sets decides. The first document in order wins, and a document is only
 * compared with kept ones, so no chain of small differences removes a text that is unlike what stays.
 * Origin: Broder 1997; Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better" (5-grams, threshold
 * 0.8); datatrove and text-dedup use the same method without verification. Defaults: character 5-grams, 128
 * permutations, threshold 0.8. Short texts such as poems want `ngram: 2` or 3.
 * Memory: about 4 bytes a shingle + 24 bytes a band for each kept document.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { defineStep } from '../../step.ts';
import { LshIndex } from './lsh-index.ts';
import { chooseBands, minHasher, shingles } from './minhash.ts';
import { normaliseOption, normaliser } from './normalise.ts';

const config = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe('Jaccard similarity from which two documents count as the same'),
  unit: z
    .enum(['character', 'word'])
    .default('character')
    .describe('What n-grams are made of; a Han character counts as a word'),
  ngram: z.int().min(1).max(64).default(5).describe('Length of the n-grams'),
  num_perm: z
    .int()
    .min(8)
    .max(1024)
    .default(128)
    .describe('Hash functions of a signature: more = fewer missed, slower'),
  recall: z
    .number()
    .min(0.5)
    .lt(1)
    .default(0.98)
    .describe('Chance that a pair just at the threshold is found; decides bands and rows'),
  bands: z.int().positive().optional().describe('Bands of the signature; default: chosen for threshold and recall'),
  rows: z.int().positive().optional().describe('Hashes in a band; default: chosen for threshold and recall'),
  normalize: normaliseOption,
});

export const nearDedup = defineStep({
  name: 'near-dedup',
  kind: 'dedup',
  version: 1,
  config,
  describe: (options) => {
    const { bands, rows } = layout(options);
    return `Documents whose ${options.unit} ${options.ngram}-grams have Jaccard similarity ≥ ${options.threshold} with a kept one (MinHash-LSH, ${bands} bands × ${rows} rows, verified): the first stays`;
  },
  async *run(documents, options, context) {
    const { bands, rows } = layout(options);
    const normalise = normaliser(options.normalize);
    const hash = minHasher(bands * rows);
    const signature = new Int32Array(bands * rows);
    const index = new LshIndex(bands, rows);
    const kept: string[] = [];
    for await (const document of documents) {
      const set = shingles(normalise(document.text), options.unit, options.ngram);
      hash(set, signature);
      const match = index.find(set, signature, options.threshold);
      if (match) {
        context.drop(document, 'near-duplicate', `of ${kept[match.index]} (Jaccard ${match.similarity.toFixed(3)})`);
      } else {
        index.add(set, signature);
        kept.push(document.id);
        yield document;
      }
    }
    context.count('comparisons', index.comparisons);
  },
});

function layout(options: z.output<typeof config>): { bands: number; rows: number } {
  const { bands, rows, num_perm } = options;
  if (bands === undefined && rows === undefined) return chooseBands(options.threshold, num_perm, options.recall);
  const wide = rows ?? Math.max(1, Math.floor(num_perm / bands!));
  const many = bands ?? Math.max(1, Math.floor(num_perm / wide));
  if (wide * many > num_perm) {
    throw new AthanorError(
      'bad-input',
      `near-dedup: ${many} bands × ${wide} rows need ${many * wide} hashes, num_perm is ${num_perm}`,
      {
        hint: 'Raise num_perm, or leave bands and rows out.',
      },
    );
  }
  return { bands: many, rows: wide };
}
