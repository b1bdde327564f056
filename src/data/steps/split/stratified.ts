/**
 * Splits so that every stratum (a language, a label, a source) has the same shares on each side, to the document: inside
 * a stratum the documents with the smallest hashes train, the next validate, the rest test. Groups (`meta.group`, or the
 * field `group_by`; by default equal texts) stay together; a group's stratum is that of its first document, and shares are
 * of groups.
 * Origin: scikit-learn's StratifiedShuffleSplit and StratifiedGroupKFold. Unlike `by-hash`, added documents can move
 * others to another side. Memory: 24 bytes a document, at most what the build allows.
 */
import { z } from 'zod';
import { fieldOf, splitNames } from '../../document.ts';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { hash64 } from '../../text/hash.ts';
import { boundaries, groupKey, shareFields } from './by-hash.ts';
import { SideSort } from './side-sort.ts';

const config = z.strictObject({
  ...shareFields,
  by: z
    .array(z.string())
    .min(1)
    .describe('Fields of meta that make the strata, such as `[language]`; documents without one are a stratum too'),
  group_by: z
    .string()
    .default('text')
    .describe('Field whose equal values stay on one side: `text`, `id`, or one of meta'),
});

/** A record: stratum (2 words), order inside it (2 words), group (2 words), number. */
const width = 7;

export const stratified = defineStep({
  name: 'stratified',
  kind: 'split',
  version: 2,
  config,
  describe: ({ train, validation, test, by }) =>
    `train ${train}, validation ${validation}, test ${test} in every stratum of ${by.join(', ')}`,
  survey: {
    scan(options, { seed }) {
      boundaries(options); // refuses shares that are not 1 in sum
      const words = new Uint32Array(6);
      return (document) => {
        const group = groupKey(document, options.group_by);
        hash64(JSON.stringify(options.by.map((field) => fieldOf(document, field) ?? null)), words, 0);
        hash64(`${seed}\0${group}`, words, 2);
        hash64(group, words, 4);
        return new Uint8Array(words.buffer);
      };
    },
    decide: (options, context) => decide(options, context),
    apply: () => (document, verdict) => ({ ...document, split: splitNames[verdict as number]! }),
  },
});

async function decide(options: z.output<typeof config>, context: DecideContext): Promise<void> {
  const place = { memoryBytes: context.memoryBytes / 3, directory: context.directory };
  // The first document of a group gives its stratum.
  const byGroup = new ExternalSort({ ...place, width, keys: 2, name: 'groups' });
  const record = new Uint32Array(width);
  for await (const batch of context.records())
    for (const { number, bytes } of batch) {
      const words = new Uint32Array(Uint8Array.from(bytes).buffer);
      record.set(words.subarray(4, 6), 0);
      record.set(words.subarray(0, 4), 2);
      record[6] = number;
      byGroup.add(record);
    }
  const byStratum = new ExternalSort({ ...place, width, keys: 6, name: 'strata' });
  const groupsOf = new Map<string, number>();
  const head = new Uint32Array(6);
  let any = false;
  for (const { words, count } of byGroup.sorted())
    for (let i = 0; i < count * width; i += width) {
      if (!any || words[i] !== head[4] || words[i + 1] !== head[5]) {
        head.set(words.subarray(i + 2, i + 6), 0);
        head.set(words.subarray(i, i + 2), 4);
        const stratum = `${head[0]} ${head[1]}`;
        groupsOf.set(stratum, (groupsOf.get(stratum) ?? 0) + 1);
        any = true;
      }
      record.set(head, 0);
      record[6] = words[i + 6]!;
      byStratum.add(record);
    }
  const sides = new SideSort(context, place.memoryBytes);
  const [validationAt, testAt] = boundaries(options);
  let stratum = '';
  let groups = 0;
  let position = -1;
  let group = '';
  for (const { words, count } of byStratum.sorted())
    for (let i = 0; i < count * width; i += width) {
      const current = `${words[i]} ${words[i + 1]}`;
      if (current !== stratum) {
        stratum = current;
        groups = groupsOf.get(stratum)!;
        position = -1;
        group = '';
      }
      const member = `${words[i + 2]} ${words[i + 3]} ${words[i + 4]} ${words[i + 5]}`;
      if (member !== group) {
        group = member;
        position++;
      }
      const side = position < Math.round(validationAt * groups) ? 0 : position < Math.round(testAt * groups) ? 1 : 2;
      sides.add(words[i + 6]!, side);
    }
  sides.giveVerdicts();
}
