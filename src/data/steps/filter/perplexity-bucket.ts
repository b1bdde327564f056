/**
 * Puts documents into `head`, `middle` and `tail` by percentiles of their perplexity (`meta.perplexity`, from the step
 * `perplexity`), for each language by itself; writes `meta.perplexity_bucket` and keeps the wanted buckets.
 * Origin: CCNet (Wenzek et al. 2020, §3.3 and §5.2): three equal parts by the 33rd and 66th percentile; models trained on
 * the head do best. Percentiles are read off a histogram of log-perplexities in steps of 0.1 %: two documents closer
 * than that may fall on one side. Memory: 200 KB a language; 10 bytes and the language a document on the disk.
 */
import { z } from 'zod';
import { defineStep } from '../../step.ts';

const bucketNames = ['head', 'middle', 'tail'] as const;
/** Bins of the histogram: ln(perplexity) from −7 to 18.6 in steps of 0.001; bits a byte are mostly below 1. */
const bins = 25_600;
const step = 0.001;
const least = -7;

export const perplexityBucket = defineStep({
  name: 'perplexity-bucket',
  kind: 'filter',
  version: 2,
  config: z.strictObject({
    head: z.number().min(0).max(100).default(33.3).describe('Percentile (0–100) up to which a document is in the head'),
    middle: z.number().min(0).max(100).default(66.6).describe('Percentile (0–100) up to which it is in the middle'),
    keep: z
      .array(z.enum(bucketNames))
      .min(1)
      .default(['head', 'middle', 'tail'])
      .describe('Buckets that are kept; by default all are, only marked'),
    by: z.string().default('language').describe('Field of meta whose values have percentiles of their own'),
    field: z.string().default('perplexity').describe('Field of meta that holds the perplexity'),
  }),
  describe: ({ head, middle, keep, by }) =>
    `Perplexity buckets by ${by} at the percentiles ${head} and ${middle}; kept: ${keep.join(', ')}`,
  survey: {
    scan:
      ({ by, field }) =>
      (document) => {
        const value = document.meta[field];
        if (typeof value !== 'number' || !(value > 0)) return undefined;
        const name = new TextEncoder().encode(String(document.meta[by] ?? '-'));
        const record = new Uint8Array(2 + name.length);
        const bin = Math.min(bins - 1, Math.max(0, Math.floor((Math.log(value) - least) / step)));
        new DataView(record.buffer).setUint16(0, bin, true);
        record.set(name, 2);
        return record;
      },
    async decide({ head, middle }, context) {
      const groups = new Map<string, Uint32Array>();
      const decoder = new TextDecoder();
      const parts = (bytes: Uint8Array) => ({
        bin: bytes[0]! | (bytes[1]! << 8),
        name: decoder.decode(bytes.subarray(2)),
      });
      for await (const batch of context.records())
        for (const { bytes } of batch) {
          if (bytes.length === 0) continue;
          const { bin, name } = parts(bytes);
          const histogram = groups.get(name) ?? new Uint32Array(bins);
          histogram[bin]!++;
          groups.set(name, histogram);
        }
      const limits = new Map(
        [...groups].map(([name, h]) => [name, [percentile(h, head), percentile(h, middle)] as const]),
      );
      for await (const batch of context.records())
        for (const { number, bytes } of batch) {
          if (bytes.length === 0) continue;
          const { bin, name } = parts(bytes);
          const [first, second] = limits.get(name)!;
          context.verdict(number, bin <= first ? 0 : bin <= second ? 1 : 2);
        }
    },
    apply:
      ({ keep }, context) =>
      (document, verdict) => {
        if (verdict === undefined) {
          context.count('no-perplexity');
          return document;
        }
        const bucket = bucketNames[verdict as number]!;
        context.count(bucket);
        if (!keep.includes(bucket)) {
          context.drop(
            document,
            `perplexity-${bucket}`,
            `perplexity ${String(document.meta.perplexity)} is in the ${bucket}`,
          );
          return undefined;
        }
        return { ...document, meta: { ...document.meta, perplexity_bucket: bucket } };
      },
  },
});

/** The last bin that the lower `percent` of the documents reaches. */
function percentile(histogram: Uint32Array, percent: number): number {
  const total = histogram.reduce((a, b) => a + b, 0);
  const wanted = (total * percent) / 100;
  let sum = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    sum += histogram[bin]!;
    if (sum > wanted) return bin - 1;
  }
  return histogram.length;
}
