/**
 * Topic clusters, and by option a sample that covers them: clusters documents by their words (hashed tf-idf, mini-batch
 * k-means), writes `meta.cluster`, and keeps so many of each cluster. Inside a cluster `pick` says which: `random`;
 * `central`, the most typical; `farthest`, the least typical ones.
 * Origin: cluster-balanced selection as in DataComp (Gadre et al. 2023, §4.2 "image-based"), SemDeDup and D4
 * (Abbas et al. 2023; Tirumala et al. 2023: `farthest` is D4's prototype pruning after Sorscher et al. 2022), with
 * word features instead of a neural embedding. `share: equal` gives all clusters the same number as far as they reach;
 * `size` keeps their proportions; `root` lies between (∝ √n). Clusters come from at most 20,000 documents; memory
 * `clusters` × `dimensions` × 4 bytes (6.5 MB by default) and some 15 MB; 0.2 KB a document on the disk.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

export const diversity = defineStep({
  name: 'diversity',
  kind: 'sample',
  version: 1,
  config: z.strictObject({
    clusters: z.int().min(2).max(10_000).default(100).describe('Number of topic clusters'),
    count: z
      .int()
      .positive()
      .optional()
      .describe('Documents to keep in all; default: all, only `meta.cluster` is written'),
    share: z
      .enum(['equal', 'root', 'size'])
      .default('equal')
      .describe('How the kept documents are shared among clusters'),
    pick: z.enum(['random', 'central', 'farthest']).default('random').describe('Which documents of a cluster are kept'),
    dimensions: z
      .int()
      .min(256)
      .max(2 ** 16)
      .refine((n) => (n & (n - 1)) === 0, 'expected a power of two')
      .default(2 ** 14)
      .describe('Words are hashed to so many features; a power of two'),
    epochs: z.int().min(1).max(100).default(5).describe('Passes over the sample that the clusters are made from'),
    field: z.string().default('cluster').describe('Field of meta that the cluster’s number is written to'),
  }),
  describe: ({ clusters, count, share, pick }) =>
    `${clusters} topic clusters${count === undefined ? '' : `; ${count} documents kept, shares: ${share}, picked: ${pick}`}`,
  survey: {
    async scan({ dimensions }, { seed }) {
      const { topicRecord } = await import('./topic-vectors.ts');
      return topicRecord(dimensions, seed);
    },
    async decide(options, context) {
      const { clusterAll } = await import('./diversity-plan.ts');
      await clusterAll(options, context);
    },
    apply:
      ({ field }, context) =>
      (document, verdict) => {
        const [cluster, kept] = (verdict ?? [-1, 1]) as [number, number];
        if (kept === 0) {
          context.drop(document, 'cluster-full', `cluster ${cluster}`);
          return undefined;
        }
        return { ...document, meta: { ...document.meta, [field]: cluster } };
      },
  },
});
