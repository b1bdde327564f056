/**
 * What a step of a data pipeline is: a name, a version, a zod config, and a generator over documents that counts what
 * it drops and why. Adding a step = adding one file under `steps/<group>/`. Knows nothing about files or other steps.
 */
import type { z } from 'zod';
import type { Reporter } from '../core/index.ts';
import type { Document } from './document.ts';

export type StepKind = 'clean' | 'filter' | 'dedup' | 'annotate' | 'split';

/** What a step may use of its surroundings. */
export interface StepContext {
  /** Drops a document: counts `reason`, keeps it as a sample, and writes it to the dataset's side file. */
  drop(document: Document, reason: string, detail?: string): void;
  /** Adds to a named counter, for things that are changed and not dropped. */
  count(name: string, n?: number): void;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly seed: number;
  /** Where relative paths of the recipe begin. */
  readonly baseDir: string;
}

/** Handles one document: returns what takes its place (nothing after `ctx.drop`). */
export type EachDocument = (document: Document) => Document | readonly Document[] | undefined;

interface StepBasics<Config extends z.ZodObject, Kind extends StepKind> {
  readonly name: string;
  readonly kind: Kind;
  /** Raised whenever the same input and config may give another output; part of the manifest. */
  readonly version: number;
  readonly config: Config;
  /** One sentence for people: what the step does under this config. */
  readonly describe: (config: z.output<Config>) => string;
}

type Run<Config extends z.ZodObject> = (
  documents: AsyncIterable<Document>,
  config: z.output<Config>,
  context: StepContext,
) => AsyncIterable<Document>;

type Each<Config extends z.ZodObject> = (
  config: z.output<Config>,
  context: StepContext,
) => EachDocument | Promise<EachDocument>;

/** A step as the pipeline runs it. `each` is there where documents do not depend on each other: such steps are fused. */
export interface Step<Config extends z.ZodObject = z.ZodObject, Kind extends StepKind = StepKind>
  extends StepBasics<Config, Kind> {
  readonly run: Run<Config>;
  readonly each?: Each<Config>;
}

/**
 * Defines a step from `run` (sees the whole stream) or from `each` (one document at a time; heavy packages are imported
 * inside it).
 */
export function defineStep<Config extends z.ZodObject, Kind extends StepKind>(
  definition: StepBasics<Config, Kind> & ({ readonly run: Run<Config> } | { readonly each: Each<Config> }),
): Step<Config, Kind> {
  if ('run' in definition) return definition;
  const { each } = definition;
  return {
    ...definition,
    async *run(documents, config, context) {
      const handle = await each(config, context);
      for await (const document of documents) {
        const result = handle(document);
        if (result === undefined) continue;
        if (isMany(result)) yield* result;
        else yield result;
      }
    },
  };
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isMany(result: Document | readonly Document[]): result is readonly Document[] {
  return Array.isArray(result);
}
