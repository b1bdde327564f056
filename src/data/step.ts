/**
 * What a step of a data pipeline is: a name, a version, a zod config, and one of three ways to look at documents. Adding
 * a step = adding one file under `steps/<kind>/`. Knows nothing about files, threads or other steps.
 *
 * - `each`: one document at a time. Runs on all cores; prefer it.
 * - `scan`, `decide`, `apply`: what depends on all documents (deduplication). `scan` takes from each document what the
 *   decision needs, on all cores; `decide` reads those records in order, with bounded memory; `apply` carries it out,
 *   on all cores again.
 * - `run`: sees the whole stream, on one thread. Memory is its own business.
 */
import type { z } from 'zod';
import type { Reporter } from '../core/index.ts';
import type { Document } from './document.ts';
import type { NamedModel, TextScorer } from './text-scorer.ts';

/** The folder under `steps/` that a step lies in. */
export type StepKind =
  | 'extract'
  | 'clean'
  | 'filter'
  | 'dedup'
  | 'privacy'
  | 'annotate'
  | 'augment'
  | 'code'
  | 'sample'
  | 'split';

/** What a step may use of its surroundings. */
export interface StepContext {
  /**
   * Drops a document: counts `reason`, keeps it as a sample, and writes it to the dataset's side file. Gives what then
   * takes the document's place: nothing.
   */
  drop(document: Document, reason: string, detail?: string): undefined;
  /** Adds to a named counter, for things that are changed and not dropped. */
  count(name: string, n?: number): void;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly seed: number;
  /** Where relative paths of the recipe begin. */
  readonly baseDir: string;
}

/** What takes a document's place: nothing after `ctx.drop`. */
export type Handled = Document | readonly Document[] | undefined;

/** Handles one document. The next one comes when it is done: a promise is for steps that must wait, and only for them. */
export type EachDocument = (document: Document) => Handled | Promise<Handled>;

interface StepBasics<Config extends z.ZodObject, Kind extends StepKind> {
  readonly name: string;
  readonly kind: Kind;
  /** Raised whenever the same input and config may give another output; part of the manifest. */
  readonly version: number;
  readonly config: Config;
  /** Files that the config names (rules, models, word lists): their content is part of the manifest and of cache keys. */
  readonly files?: (config: z.output<Config>, baseDir: string) => readonly string[];
  /** Neural language models that the config names: files of theirs count like `files`; a recipe knows what it waits for. */
  readonly models?: (config: z.output<Config>) => readonly NamedModel[];
  /**
   * Secrets that the config names (a key in the environment) and that the output depends on: a fingerprint of each by its
   * name, never the secret. Part of the manifest and of cache keys. Asked before anything is read.
   * @throws AthanorError('bad-input') for one that is missing
   */
  readonly secrets?: (config: z.output<Config>) => Readonly<Record<string, string>>;
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

/** What `decide` may use beside its config. */
export interface DecideContext extends StepContext {
  /** Documents in all. */
  readonly documents: number;
  /** What `scan` gave for each document, in order, in batches. May be read several times. */
  records(): AsyncIterable<readonly ScanRecord[]>;
  /** Documents by their numbers, in the order asked for. Costs a disk access each. */
  read(numbers: readonly number[]): Document[];
  /** Says what becomes of a document; numbers ascend. Documents without a verdict are applied with `undefined`. */
  verdict(number: number, value: unknown): void;
  /** An empty directory for what does not fit in memory; deleted afterwards. */
  readonly directory: string;
  /** Opens one of the `models`, to score texts. Whoever opens it disposes of it. */
  openModel(model: NamedModel, options: { readonly threads: number }): Promise<TextScorer>;
  /** For a survey that `resumes`: so many documents had their verdicts before `decide` was stopped. */
  readonly decided: number;
  /** How much memory `decide` may take, all in all. */
  readonly memoryBytes: number;
  readonly threads: number;
}

export interface ScanRecord {
  /** Of the document, from 0, in the order of the stream. */
  readonly number: number;
  /** Valid until the next batch is asked for. Empty where `scan` gave nothing. */
  readonly bytes: Uint8Array;
}

/** The three parts of a step that depends on all documents. */
export interface Survey<Config extends z.ZodObject> {
  /** Heavy packages are imported inside. The function's bytes are copied before it is called again. */
  readonly scan: (config: z.output<Config>, context: StepContext) => Scan | Promise<Scan>;
  /** The same records give the same verdicts, in whatever memory. */
  readonly decide: (config: z.output<Config>, context: DecideContext) => Promise<void>;
  /**
   * `decide` gives every document a verdict, in order, each by itself: stopped, it goes on behind those that were given.
   * For decisions that take hours. What it counts is lost when it is stopped: count in `apply`.
   */
  readonly resumes?: boolean;
  /** `verdict` is plain JSON, as `decide` gave it. */
  readonly apply: (config: z.output<Config>, context: StepContext) => Apply | Promise<Apply>;
}

export type Scan = (document: Document) => Uint8Array | undefined;
export type Apply = (document: Document, verdict: unknown) => Handled;

/** A step as the pipeline runs it: one of `each`, `survey` and `run` is there, or `each` and `survey` with `shape`. */
export interface Step<Config extends z.ZodObject = z.ZodObject, Kind extends StepKind = StepKind>
  extends StepBasics<Config, Kind> {
  readonly each?: Each<Config>;
  readonly survey?: Survey<Config>;
  readonly run?: Run<Config>;
  readonly shape?: (config: z.output<Config>) => 'each' | 'survey';
}

type OneOf<Config extends z.ZodObject> =
  | { readonly each: Each<Config> }
  | { readonly survey: Survey<Config> }
  | { readonly run: Run<Config> }
  /** Of two ways to look at documents, `shape` says which one a config wants. */
  | {
      readonly each: Each<Config>;
      readonly survey: Survey<Config>;
      readonly shape: (config: z.output<Config>) => 'each' | 'survey';
    };

export function defineStep<Config extends z.ZodObject, Kind extends StepKind>(
  definition: StepBasics<Config, Kind> & OneOf<Config>,
): Step<Config, Kind> {
  return definition;
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isMany(result: Document | readonly Document[]): result is readonly Document[] {
  return Array.isArray(result);
}
