/**
 * The manifest of a dataset version: what is in it, where it came from, what every rule did. Its content holds no time
 * and no path of the machine, so equal input, config and code give equal bytes; the version is its hash.
 */
import { z } from 'zod';
import { type SplitName, splitNames } from './document.ts';

const file = z.strictObject({ file: z.string(), documents: z.int(), bytes: z.int(), sha256: z.string() });

const inputFile = z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() });

const reasons = z.record(z.string(), z.int());

const sample = z.strictObject({ id: z.string(), reason: z.string(), detail: z.string().optional(), text: z.string() });

const split = z.strictObject({
  documents: z.int(),
  /** Unicode code points of the texts. */
  characters: z.int(),
  shards: z.array(file),
});

export const manifestSchema = z.strictObject({
  format: z.literal('athanor-dataset'),
  schema: z.literal(1),
  dataset: z.string(),
  version: z.string(),
  code: z.strictObject({ name: z.string(), version: z.string() }),
  seed: z.number(),
  licence: z.string().optional(),
  sources: z.array(
    z.strictObject({
      type: z.string(),
      version: z.int(),
      config: z.record(z.string(), z.unknown()),
      licence: z.string().optional(),
      origin: z.string().optional(),
      files: z.array(inputFile),
      out: z.int(),
      dropped: reasons,
      samples: z.array(sample),
    }),
  ),
  parents: z.array(z.strictObject({ dataset: z.string(), version: z.string() })),
  rules: z.array(
    z.strictObject({
      use: z.string(),
      kind: z.string(),
      version: z.int(),
      describe: z.string(),
      config: z.record(z.string(), z.unknown()),
      /** That the config names: rules, models, word lists. */
      files: z.array(inputFile).optional(),
      /** Fingerprints of the secrets that the config names. */
      secrets: z.record(z.string(), z.string()).optional(),
      in: z.int(),
      out: z.int(),
      dropped: reasons,
      counters: reasons,
      samples: z.array(sample),
    }),
  ),
  splits: z.record(z.enum(splitNames), split),
  /** The side file with every dropped document, its step and reason; absent when `keep_dropped: false`. */
  dropped: file.optional(),
  counts: z.strictObject({ in: z.int(), out: z.int(), dropped: reasons }),
});

export type Manifest = z.output<typeof manifestSchema>;
export type RuleReport = Manifest['rules'][number];
export type ShardFile = z.output<typeof file>;

/** A line of `dropped.jsonl`. */
export interface DroppedRecord {
  readonly id: string;
  /** `source:<type>` or the step's name. */
  readonly step: string;
  readonly reason: string;
  readonly detail?: string;
  readonly text: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** The side of the split that it was on, where it had one. */
  readonly split?: SplitName;
  /** Base64 of the bytes, where they are not text. */
  readonly bytes?: string;
}
