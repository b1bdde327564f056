/**
 * Balances groups of documents (by language, source, topic cluster or any fields of meta): each group gets a share of
 * the output, by given weights or by its size raised to 1/temperature; large groups are thinned, small ones repeated by
 * option. Which documents go is decided by a hash of their ids, so that it is the same in each run. Counts are exact.
 * Origin: temperature sampling of multilingual BERT and XLM-R (Conneau et al. 2020, §3.1: p ∝ n^α with α = 0.3, that is
 * temperature 3.3; mT5 the same); caps per source as in Dolma's and The Pile's mixtures; against bias, groups of a
 * protected attribute are given equal weights (Kamiran & Calders 2012, resampling). Default: temperature 1, which
 * changes nothing until weights, a cap or a total are given. Memory: 32 KiB a group; 20 bytes a document on the disk.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { countCharacters, type Document } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';
import { withGroup } from '../augment/variants.ts';

const config = z.strictObject({
  by: z.array(z.string()).min(1).default(['language']).describe('Fields of meta whose values make a group'),
  unit: z
    .enum(['documents', 'characters'])
    .default('documents')
    .describe('What shares, caps and totals are counted in'),
  weights: z
    .record(z.string(), z.number().min(0))
    .optional()
    .describe('Share of each group relative to the others, by its values joined with `/`, such as `zh-Hans/web`'),
  other: z.number().min(0).default(0).describe('With `weights`: the weight of each group that is not named'),
  temperature: z
    .number()
    .min(1)
    .default(1)
    .describe('Without `weights`: shares ∝ size^(1/temperature); 1 as they are, 3.3 as XLM-R, 1000 nearly equal'),
  total: z
    .number()
    .positive()
    .optional()
    .describe('Size of the output in `unit`; default: as large as the shares allow'),
  max_per_group: z.number().positive().optional().describe('Cap on each group, in `unit`'),
  max_repeat: z
    .number()
    .min(1)
    .default(1)
    .describe('How often a document may be repeated to fill its group’s share; 1: never'),
});

type Config = z.output<typeof config>;

export const balance = defineStep({
  name: 'balance',
  kind: 'sample',
  version: 2,
  config,
  describe: ({ by, weights, temperature, max_per_group, max_repeat }) =>
    `Balanced by ${by.join(', ')}: ${weights === undefined ? `temperature ${temperature}` : 'given weights'}${max_per_group === undefined ? '' : `, at most ${max_per_group} each`}, repeated up to ${max_repeat} times`,
  survey: {
    scan:
      ({ by, unit }, { seed }) =>
      (document) => {
        const name = new TextEncoder().encode(groupOf(document, by));
        const record = new Uint8Array(16 + name.length);
        const view = new DataView(record.buffer);
        view.setFloat64(0, Math.floor(hashFraction(seed, `balance\0${document.id}`) * 2 ** 48), true);
        view.setFloat64(8, unit === 'documents' ? 1 : countCharacters(document.text), true);
        record.set(name, 16);
        return record;
      },
    async decide(options, context) {
      const { selectSmallest } = await import('./select.ts');
      const { recordPass } = await import('./records.ts');
      const groups = new Map<string, number>();
      const sizes: number[] = [];
      const decoder = new TextDecoder();
      const pass = recordPass(context, (view, bytes) => {
        const name = decoder.decode(bytes.subarray(16));
        let group = groups.get(name);
        if (group === undefined) {
          group = groups.size;
          groups.set(name, group);
          sizes.push(0);
        }
        return { group, key: view.getFloat64(0, true), weight: view.getFloat64(8, true) };
      });
      await pass((_, group, __, weight) => {
        sizes[group]! += weight;
      });
      if (sizes.length === 0) return;
      const targets = targetSizes([...groups.keys()], sizes, options);
      /** How often each document of the group is there anyway. */
      const whole = targets.map((target, i) => (sizes[i] === 0 ? 0 : Math.floor(target / sizes[i]! + 1e-9)));
      const quotas = targets.map((target, i) => Math.max(0, target - whole[i]! * sizes[i]!));
      const selection = await selectSmallest(quotas, pass, context.memoryBytes);
      await pass((number, group, key, weight) => {
        const copies = whole[group]! + (selection.takes(group, key, weight) ? 1 : 0);
        if (copies !== 1) context.verdict(number, copies);
      });
    },
    apply:
      ({ by }, context) =>
      (document, verdict) => {
        if (verdict === undefined) return document;
        if (verdict === 0) {
          context.drop(document, 'over-represented', `group ${groupOf(document, by)}`);
          return undefined;
        }
        const copies = verdict as number;
        context.count('repeated', copies - 1);
        const first = withGroup(document); // so that no split parts the copies
        return Array.from({ length: copies }, (_, i) =>
          i === 0 ? first : { ...first, id: `${first.id}#${i + 1}`, meta: { ...first.meta, copy: i + 1 } },
        );
      },
  },
});

/** A document's group: the values of the fields, `-` for one that is not there. */
export function groupOf(document: Document, by: readonly string[]): string {
  return by
    .map((field) => {
      const value = document.meta[field];
      if (value === undefined || value === null) return '-';
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    })
    .join('/');
}

/** How much of each group the output has. @throws AthanorError('bad-input') for weights of groups that nothing has */
export function targetSizes(names: readonly string[], sizes: readonly number[], options: Config): number[] {
  const { weights, other, temperature, total, max_per_group, max_repeat } = options;
  const unknown = Object.keys(weights ?? {}).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new AthanorError(
      'bad-input',
      `balance: no document is in the group ${unknown.map((n) => `'${n}'`).join(', ')}`,
      {
        place: 'weights',
        hint: `Groups by ${options.by.join(', ')}: ${[...names].sort().slice(0, 20).join(', ')}.`,
        values: { unknown, groups: names },
      },
    );
  const shares = sizes.map((size, i) =>
    weights === undefined ? size ** (1 / temperature) : (weights[names[i]!] ?? other),
  );
  const sum = shares.reduce((a, b) => a + b, 0);
  if (sum === 0) return sizes.map(() => 0);
  const most = sizes.map((size) => Math.min(size * max_repeat, max_per_group ?? Number.POSITIVE_INFINITY));
  // Without a total: the largest one for which the groups that must be thinned alone set the size.
  const largest = Math.min(
    ...shares.map((share, i) => (share === 0 ? Number.POSITIVE_INFINITY : (sizes[i]! * max_repeat * sum) / share)),
  );
  const capOnly = weights === undefined && temperature === 1 && total === undefined;
  const size = total ?? (capOnly ? sizes.reduce((a, b) => a + b, 0) : largest);
  const targets = shares.map((share, i) => Math.min((size * share) / sum, most[i]!));
  return options.unit === 'documents' ? targets.map((target) => Math.round(target)) : targets;
}
