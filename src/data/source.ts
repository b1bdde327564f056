/**
 * What a source of documents is: a name, a zod config, a way to cut the input into units, and a reader of one unit.
 * Units are read on all cores; what they give is put together in their order. Adding a source = adding one file under
 * `sources/`. Bad input stops the build unless the config says `on_error: drop`; then it is counted and kept aside.
 */
import { z } from 'zod';
import type { Reporter } from '../core/index.ts';
import { AthanorError } from '../core/index.ts';
import type { Document } from './document.ts';
import type { Workspace } from './workspace.ts';

/** Input that could not become a document. */
export interface BadInput {
  /** `file:line`, or the file. */
  readonly place: string;
  /** Kebab-case, e.g. `not-utf8`. */
  readonly reason: string;
  /** For people: what was found, what was expected. */
  readonly detail: string;
  readonly raw?: Uint8Array;
  /** The form is right and this one piece is broken (not UTF-8, too long, a damaged record), so the rest may be good. */
  readonly damaged?: boolean;
}

/** A file that a source read: part of the manifest and of a stage's input hash. */
export interface InputFile {
  /** Relative to the recipe where it lies below it, else the file's name. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A dataset version that a source read. */
export interface ParentDataset {
  readonly dataset: string;
  readonly version: string;
}

export interface SourceInputs {
  readonly files: readonly InputFile[];
  readonly parents: readonly ParentDataset[];
}

export interface SourceContext {
  /** Where relative paths begin. */
  readonly baseDir: string;
  readonly workspace: Workspace;
  /** Counts bad input and keeps it in the side file. */
  reject(bad: BadInput): void;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export type InputContext = Omit<SourceContext, 'reject'>;

export interface Source<Config extends z.ZodObject = z.ZodObject, Unit = unknown> {
  readonly name: string;
  /** Raised whenever the same input and config may give other documents. */
  readonly version: number;
  readonly config: Config;
  /**
   * For sources that lie elsewhere: brings what is needed into the workspace's cache (what is there is not fetched
   * again; stopped, it goes on where it was). Runs before everything else, on the main thread.
   */
  readonly fetch?: (config: z.output<Config>, context: InputContext) => Promise<void>;
  /** What the config refers to, with content hashes. Cheap beside reading. */
  readonly inputs: (config: z.output<Config>, context: InputContext) => SourceInputs;
  /**
   * Cuts the input into units, in order: the same ones whenever the input is the same. Plain data that can be sent to a
   * thread (bytes too), each some megabytes of input at most where the format allows. Runs on the main thread, so
   * parsing belongs in `read`.
   */
  readonly units: (config: z.output<Config>, context: InputContext) => AsyncIterable<Unit> | Iterable<Unit>;
  /** The documents of one unit, in order. Runs on any thread. */
  readonly read: (
    unit: Unit,
    config: z.output<Config>,
    context: SourceContext,
  ) => AsyncIterable<Document> | Iterable<Document>;
}

/** Fields that every source's config has. */
export const commonSourceFields = {
  licence: z.string().optional().describe('Licence of this source, recorded in the manifest'),
  origin: z.string().optional().describe('Where this source comes from (URL or words), recorded in the manifest'),
};

export const pathField = z
  .union([z.string(), z.array(z.string()).min(1)], { error: 'expected a path, or a list of paths' })
  .describe('File, directory or glob (`*`, `?`, `**`, `{a,b}`), or a list of them; `.gz` is unpacked');

export const onErrorField = z
  .enum(['auto', 'error', 'drop'])
  .default('auto')
  .describe(
    'Bad input: `error` stops and names file and line; `drop` counts it and keeps it in dropped.jsonl; `auto` stops at input of the wrong form (not JSON, no text), which mostly means a wrong file or setting, and drops single pieces that are damaged (not UTF-8, too long)',
  );
export type OnError = z.output<typeof onErrorField>;

/** What a unit holds is the source's own business: the type ends here. */
export function defineSource<Config extends z.ZodObject, Unit>(definition: Source<Config, Unit>): Source<Config> {
  return definition as Source<Config>;
}

/** Stops at bad input, or sets it aside. @throws AthanorError('bad-file') naming the place */
export function handleBadInput(bad: BadInput, onError: OnError, context: Pick<SourceContext, 'reject'>): void {
  if (onError === 'drop' || (onError === 'auto' && bad.damaged)) {
    context.reject(bad);
    return;
  }
  throw new AthanorError('bad-file', `${bad.place}: ${bad.detail}`, {
    place: bad.place,
    hint: 'Mend the file, or set `on_error: drop` on the source to count such input and go on.',
    values: { reason: bad.reason },
  });
}
