/**
 * Keeps the documents with the best scores, an exact share of them, for each language (or other fields of meta) by
 * itself: a threshold says how good a document must be, a share how much of the corpus is wanted, whatever the scores'
 * scale. Reads a number that an earlier step wrote to meta: `quality`, `perplexity`, `toxicity`, any other.
 * Origin: DCLM (Li et al. 2024, §4.4) keeps the best tenth by its fastText classifier; CCNet (Wenzek et al. 2020, §3.3)
 * cuts perplexities by percentiles of the language. Scores are compared as 32-bit floats; equal ones go by a hash of the
 * id, so that neither order nor threads choose. Memory: 32 KiB a group; 8 bytes and the group's name a document on the disk.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import type { Document } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';
import { groupOf } from '../sample/balance.ts';

export const topShare = defineStep({
  name: 'top-share',
  kind: 'filter',
  version: 1,
  config: z.strictObject({
    share: z
      .number()
      .positive()
      .max(1)
      .default(0.1)
      .describe('Part of the scored documents (0–1) that is kept, of each group; rounded up'),
    field: z.string().default('quality').describe('Field of meta that holds the score, a number'),
    best: z.enum(['highest', 'lowest']).default('highest').describe('Which scores are the good ones'),
    by: z
      .array(z.string())
      .default(['language'])
      .describe('Fields of meta whose values make a group; the share is taken of each. []: of all together'),
    unscored: z.enum(['keep', 'drop']).default('keep').describe('What happens to documents that have no such number'),
  }),
  describe: ({ share, field, best, by }) =>
    `The ${Number((share * 100).toPrecision(4))} % with the ${best} ${field}${by.length === 0 ? '' : ` by ${by.join(', ')}`}`,
  survey: {
    scan:
      ({ field, best, by }, { seed }) =>
      (document) => {
        const score = scoreOf(document, field);
        if (score === undefined) return undefined;
        const name = new TextEncoder().encode(groupOf(document, by));
        const record = new Uint8Array(8 + name.length);
        const tie = Math.floor(hashFraction(seed, `top-share\0${document.id}`) * 2 ** 16);
        const key = ascending(best === 'lowest' ? score : -score) * 2 ** 16 + tie;
        new DataView(record.buffer).setFloat64(0, key, true);
        record.set(name, 8);
        return record;
      },
    async decide({ share, field }, context) {
      const { selectSmallest } = await import('../sample/select.ts');
      const { recordPass } = await import('../sample/records.ts');
      const groups = new Map<string, number>();
      const sizes: number[] = [];
      const decoder = new TextDecoder();
      const pass = recordPass(context, (view, bytes) => {
        const name = decoder.decode(bytes.subarray(8));
        let group = groups.get(name);
        if (group === undefined) {
          group = groups.size;
          groups.set(name, group);
          sizes.push(0);
        }
        return { group, key: view.getFloat64(0, true), weight: 1 };
      });
      await pass((_, group) => {
        sizes[group]!++;
      });
      if (sizes.length === 0 && context.documents > 0)
        throw new AthanorError('bad-input', `no document has a number in meta.${field}`, {
          place: 'top-share.field',
          hint: 'Score them first: quality-classifier with `action: annotate`, perplexity, or a field of the source.',
          values: { field, documents: context.documents },
        });
      // Shares such as 0.1 are no binary fractions: 0.1 × 30 must not become 4 documents.
      const quotas = sizes.map((size) => Math.ceil(Number((share * size).toPrecision(12))));
      const selection = await selectSmallest(quotas, pass, context.memoryBytes);
      await pass((number, group, key, weight) => {
        if (!selection.takes(group, key, weight)) context.verdict(number, 0);
      });
    },
    apply:
      ({ share, field, by, unscored }, context) =>
      (document, verdict) => {
        const score = scoreOf(document, field);
        if (score === undefined) {
          if (unscored === 'drop') return context.drop(document, 'no-score', `no number in meta.${field}`);
          context.count('no-score');
          return document;
        }
        if (verdict === undefined) return document;
        const group = by.length === 0 ? '' : ` of ${groupOf(document, by)}`;
        const best = `the best ${Number((share * 100).toPrecision(4))} %${group}`;
        return context.drop(document, `low-${field.replaceAll('_', '-')}`, `${field} ${score} is not among ${best}`);
      },
  },
});

function scoreOf({ meta }: Document, field: string): number | undefined {
  const score = meta[field];
  return typeof score === 'number' && Number.isFinite(score) ? score : undefined;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** 32-bit integers in the order of the floats they stand for: all bits of negative ones turn, of others the sign. */
function ascending(value: number): number {
  float[0] = value + 0; // −0 and 0 are one score
  return (bits[0]! & 0x8000_0000 ? ~bits[0]! : bits[0]! ^ 0x8000_0000) >>> 0;
}
