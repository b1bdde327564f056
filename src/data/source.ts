/**
 * What a source of documents is: a name, a zod config, and a generator. Adding a source = adding one file under
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

export interface Source<Config extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** Raised whenever the same input and config may give other documents. */
  readonly version: number;
  readonly config: Config;
  /** What the config refers to, with content hashes. Cheap beside reading. */
  readonly inputs: (config: z.output<Config>, context: Omit<SourceContext, 'reject'>) => SourceInputs;
  readonly read: (config: z.output<Config>, context: SourceContext) => AsyncIterable<Document>;
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
  .enum(['error', 'drop'])
  .default('error')
  .describe('Malformed input: `error` stops and names file and line, `drop` counts it and keeps it in dropped.jsonl');

export function defineSource<Config extends z.ZodObject>(definition: Source<Config>): Source<Config> {
  return definition;
}

/** Stops at bad input, or sets it aside. @throws AthanorError('bad-file') naming the place */
export function handleBadInput(bad: BadInput, onError: 'error' | 'drop', context: SourceContext): void {
  if (onError === 'drop') {
    context.reject(bad);
    return;
  }
  throw new AthanorError('bad-file', `${bad.place}: ${bad.detail}`, {
    place: bad.place,
    hint: 'Mend the file, or set `on_error: drop` on the source to count such input and go on.',
    values: { reason: bad.reason },
  });
}
