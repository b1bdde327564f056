/**
 * Splits by date: the oldest documents train, later ones validate, the latest test, so that nothing from the future of
 * the test documents is learnt. Where the sides meet is given as dates, or follows from the shares; documents of one date
 * stay together. Origin: temporal splits as in Lazaridou et al. 2021, "Mind the Gap". Memory: 16 bytes a document, at
 * most what the build allows.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { fieldOf, splitNames } from '../../document.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { boundaries, shareFields } from './by-hash.ts';
import { SideSort } from './side-sort.ts';

const config = z.strictObject({
  ...shareFields,
  by: z.string().default('date').describe('Field of meta that holds the date: ISO 8601, or milliseconds since 1970'),
  validation_from: z
    .string()
    .optional()
    .describe('Validation begins at this date; with `test_from`, instead of shares'),
  test_from: z.string().optional().describe('The test side begins at this date'),
  missing: z.enum(['train', 'drop']).default('drop').describe('What becomes of documents without a date'),
});
type Options = z.output<typeof config>;

export const byTime = defineStep({
  name: 'by-time',
  kind: 'split',
  version: 1,
  config,
  describe: ({ by, validation_from, test_from, ...shares }) =>
    validation_from === undefined && test_from === undefined
      ? `by ${by}: the oldest ${shares.train} train, then ${shares.validation} validation, ${shares.test} test`
      : `by ${by}: validation from ${validation_from ?? test_from}, test from ${test_from ?? '(none)'}`,
  survey: {
    scan(options) {
      checkDates(options);
      return (document) => {
        const time = timeOf(fieldOf(document, options.by));
        return time === undefined ? undefined : new Uint8Array(sortable(time).buffer);
      };
    },
    decide: (options, context) => decide(options, context),
    apply:
      ({ missing, by }, context) =>
      (document, verdict) => {
        if (verdict !== undefined) return { ...document, split: splitNames[verdict as number]! };
        if (missing === 'train') return { ...document, split: 'train' };
        context.drop(document, 'no-date', `meta.${by} is ${JSON.stringify(document.meta[by]) ?? 'missing'}`);
        return undefined;
      },
  },
});

/** Milliseconds since 1970, or undefined for what is no date. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}

/** Two words that sort as the number does: the bits of a float64, negative ones turned round. */
function sortable(time: number): Uint32Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, time === 0 ? 0 : time);
  const high = view.getUint32(0);
  const low = view.getUint32(4);
  return high >>> 31 ? Uint32Array.of(~high, ~low) : Uint32Array.of(high | 0x80000000, low);
}

function checkDates({ validation_from, test_from, ...shares }: Options): void {
  for (const [field, value] of Object.entries({ validation_from, test_from }))
    if (value !== undefined && timeOf(value) === undefined)
      throw new AthanorError('bad-input', `by-time: ${field} is no date: ${JSON.stringify(value)}`, {
        place: field,
        hint: 'Give it as 2024-01-31, or with a time.',
      });
  if (validation_from === undefined && test_from === undefined) boundaries(shares);
  else if (timeOf(validation_from ?? test_from)! > timeOf(test_from ?? '9999-12-31')!)
    throw new AthanorError('bad-input', 'by-time: validation_from is later than test_from', {
      place: 'validation_from',
    });
}

async function decide(options: Options, context: DecideContext): Promise<void> {
  const memoryBytes = context.memoryBytes / 2;
  const sort = new ExternalSort({ width: 3, keys: 2, memoryBytes, directory: context.directory, name: 'dates' });
  for await (const batch of context.records())
    for (const { number, bytes } of batch) {
      if (bytes.length === 0) continue;
      const [high, low] = new Uint32Array(Uint8Array.from(bytes).buffer);
      sort.add([high!, low!, number]);
    }
  const sides = new SideSort(context, memoryBytes);
  const sideOf = sideByPlace(options, sort.count);
  let place = 0;
  let last: readonly [number, number, number] = [-1, -1, 0];
  for (const { words, count } of sort.sorted())
    for (let i = 0; i < 3 * count; i += 3) {
      const [high, low] = [words[i]!, words[i + 1]!];
      const side = high === last[0] && low === last[1] ? last[2] : sideOf(place, high, low);
      last = [high, low, side];
      sides.add(words[i + 2]!, side);
      place++;
    }
  sides.giveVerdicts();
}

/** The side of a document by its place among the dated ones, or by its date. */
function sideByPlace(options: Options, documents: number): (place: number, high: number, low: number) => number {
  const { validation_from, test_from } = options;
  if (validation_from === undefined && test_from === undefined) {
    const [validationAt, testAt] = boundaries(options);
    return (place) =>
      place < Math.round(validationAt * documents) ? 0 : place < Math.round(testAt * documents) ? 1 : 2;
  }
  const never = Uint32Array.of(0xffffffff, 0xffffffff);
  const at = (date: string | undefined) => (date === undefined ? never : sortable(timeOf(date)!));
  const test = at(test_from);
  const validation = validation_from === undefined ? test : at(validation_from);
  const before = (high: number, low: number, edge: Uint32Array) =>
    high < edge[0]! || (high === edge[0] && low < edge[1]!);
  return (_, high, low) => (before(high, low, validation) ? 0 : before(high, low, test) ? 1 : 2);
}
