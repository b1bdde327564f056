/**
 * The `data` stage of a recipe as a schema: composed from the registered sources and steps, so that a new file under
 * `sources/` or `steps/` is a new choice here.
 */
import { z } from 'zod';
import { nearest } from '../core/index.ts';
import type { Source } from './source.ts';
import { sources } from './sources/registry.gen.ts';
import type { Step } from './step.ts';
import { steps } from './steps/registry.gen.ts';

type Sources = typeof sources;
type Steps = typeof steps;
type SplitName = { [Name in keyof Steps]: Steps[Name]['kind'] extends 'split' ? Name : never }[keyof Steps];
type StepName = Exclude<keyof Steps, SplitName>;

/** One entry of `sources`, as written. */
export type SourceInput = { [Name in keyof Sources]: { type: Name } & z.input<Sources[Name]['config']> }[keyof Sources];
/** One entry of `steps`, as written. */
export type StepInput = { [Name in StepName]: { use: Name } & z.input<Steps[Name]['config']> }[StepName];
/** The `split`, as written; without `use` it is `by-hash`. */
export type SplitInput =
  | { [Name in SplitName]: { use: Name } & z.input<Steps[Name]['config']> }[SplitName]
  | ({ use?: undefined } & z.input<Steps['by-hash']['config']>);

/** Entries after parsing: the name, and the rest as its owner's schema made it. */
export type SourceConfig = { readonly type: string } & Readonly<Record<string, unknown>>;
export type StepConfig = { readonly use?: string | undefined } & Readonly<Record<string, unknown>>;

const allSources: Readonly<Record<string, Source>> = sources as unknown as Record<string, Source>;
const allSteps: Readonly<Record<string, Step>> = steps as unknown as Record<string, Step>;

/** A source or step by name; the schema has checked that it is there. */
export const sourceNamed = (name: string): Source => allSources[name]!;
export const stepNamed = (name: string): Step => allSteps[name]!;

const DEFAULT_SPLIT = 'by-hash';

/** A union over definitions, told apart by `key`, with a did-you-mean for unknown names. */
function choice(
  kind: string,
  key: 'type' | 'use',
  options: readonly z.ZodObject[],
  names: readonly string[],
): z.ZodType {
  type Options = [z.ZodObject, ...z.ZodObject[]];
  return z.discriminatedUnion(key, options as unknown as Options, {
    error: (issue) => {
      if (issue.code !== 'invalid_union') return undefined;
      const given = (issue.input as Record<string, unknown> | undefined)?.[key];
      if (given === undefined) return `expected '${key}: <name of a ${kind}>'. Known: ${names.join(', ')}`;
      const near = nearest(String(given), names);
      return `unknown ${kind} '${String(given)}'. ${near ? `Did you mean '${near}'? ` : ''}Known: ${names.join(', ')}`;
    },
  });
}

function stepChoice(kind: string, names: readonly string[]): z.ZodType {
  const options = names.map((name) => {
    const literal = z.literal(name).describe(`The ${kind}`);
    return stepNamed(name).config.extend({ use: name === DEFAULT_SPLIT ? literal.optional() : literal });
  });
  return choice(kind, 'use', options, names);
}

const stepNames = Object.keys(allSteps);
const isSplit = (name: string): boolean => stepNamed(name).kind === 'split';

const sourceSchema = choice(
  'source',
  'type',
  Object.entries(allSources).map(([name, source]) =>
    source.config.extend({ type: z.literal(name).describe('The source') }),
  ),
  Object.keys(allSources),
) as z.ZodType<SourceConfig, SourceInput>;

const stepSchema = stepChoice(
  'step',
  stepNames.filter((name) => !isSplit(name)),
) as z.ZodType<StepConfig & { readonly use: string }, StepInput>;

const splitSchema = stepChoice('split', stepNames.filter(isSplit)) as z.ZodType<StepConfig, SplitInput>;

/** A `data` stage: from sources through steps to a versioned dataset. */
export const dataStageSchema = z.strictObject({
  name: z.string().default('data').describe('Name of the dataset'),
  sources: z.array(sourceSchema).min(1).describe('Where documents come from, in this order'),
  steps: z.array(stepSchema).default([]).describe('What is done to them, in this order'),
  split: splitSchema
    .optional()
    .describe('Sides of the split. Default: 8:1:1 by hash; for a dataset made of datasets: `{ use: inherit }`'),
  licence: z.string().optional().describe('Licence of the dataset as a whole, recorded in the manifest'),
  keep_dropped: z
    .boolean()
    .default(true)
    .describe('Keep every dropped document with its step and reason in dropped.jsonl'),
  samples: z
    .int()
    .min(0)
    .max(100)
    .default(5)
    .describe('Samples of dropped documents kept in the manifest, a step and reason'),
  shard_bytes: z
    .int()
    .min(1024)
    .default(64 << 20)
    .describe(
      'Length of a shard: half of it at least, twice at most; ends are chosen by content, so versions share shards',
    ),
  document_seconds: z
    .number()
    .positive()
    .default(60)
    .describe('A document that a step works on for longer than this is dropped as `timeout`'),
});

export type DataStage = z.output<typeof dataStageSchema>;
export type DataStageInput = z.input<typeof dataStageSchema>;

/** The split that a stage uses: its own, or the default for its sources. */
export function splitOf(stage: DataStage): {
  readonly use: string;
  readonly config: Readonly<Record<string, unknown>>;
} {
  if (stage.split) {
    const { use, ...config } = stage.split;
    return { use: use ?? DEFAULT_SPLIT, config };
  }
  const use = stage.sources.every(({ type }) => type === 'dataset') ? 'inherit' : DEFAULT_SPLIT;
  return { use, config: stepNamed(use).config.parse({}) };
}
