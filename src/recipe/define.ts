/**
 * What a stage of a recipe is: a kind, the owner's schema, what it reads, what it makes, how it runs.
 * Only the contract stands here; each kind is one file in `stages/`.
 */
import type { z } from 'zod';
import type { Reporter } from '../core/index.ts';
import type { Workspace } from '../data/index.ts';

/** What stages hand to each other; each lives in its own folder of the workspace. */
export type ArtefactType = 'dataset' | 'tokenizer' | 'model' | 'evaluation';

export interface Artefact {
  readonly type: ArtefactType;
  readonly name: string;
}

/** A use of an artefact by name; `path` is the key in the stage's config (for messages and for the cache key). */
export interface Reference extends Artefact {
  readonly path: readonly (string | number)[];
}

/** Something outside the workspace that a stage reads: the hash of its content stands for the path at `path`. */
export interface ExternalInput {
  readonly path: readonly (string | number)[];
  readonly hash: string;
}

/** A stage's own folder under `runs/`. */
export interface RunHandle {
  readonly id: string;
  readonly dir: string;
  /** True when the folder holds the checkpoints of an interrupted run of exactly this stage and inputs. */
  readonly resuming: boolean;
}

export interface StageContext {
  readonly workspace: Workspace;
  /** The recipe's folder: relative paths of a config start here. */
  readonly baseDir: string;
  readonly recipe: string;
  readonly seed: number;
  readonly device: 'cpu' | 'webgpu' | 'cuda' | 'auto';
  readonly threads: number | undefined;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly run: RunHandle;
}

/** What a stage tells about its result: shown in the summary and in `--json`. */
export type Summary = Readonly<Record<string, unknown>>;

/** Every stage's config has a name by the time it is parsed (the kind, where the recipe gives none). */
export interface StageConfig {
  readonly name: string;
}

export interface StageDefinition<Config extends StageConfig = StageConfig> {
  readonly kind: string;
  /** One sentence for the docs. */
  readonly describe: string;
  /** Raised when the same config and inputs would now give another result: part of the cache key. */
  readonly version: number;
  /** True for kinds that train: they have metrics and checkpoints, resume, and run alone under `athanor train`. */
  readonly training: boolean;
  readonly schema: z.ZodType<Config>;
  /** Artefacts that the stage reads. */
  inputs(config: Config): readonly Reference[];
  /** Fetches what lies elsewhere, so that `externals` and `run` find it on this machine. What is there is kept. */
  prepare?(config: Config, place: Pick<StageContext, 'baseDir' | 'workspace' | 'report' | 'signal'>): Promise<void>;
  /** What the stage reads outside the workspace, hashed. */
  externals?(
    config: Config,
    place: { readonly baseDir: string; readonly workspace: Workspace },
  ): readonly ExternalInput[];
  /** Artefacts that the stage makes. */
  outputs(config: Config): readonly Artefact[];
  /** Keys of the config that change nothing in the result (e.g. how often to print): left out of the cache key. */
  readonly cosmetic?: readonly string[];
  /** Numbers that follow from the config, printed before the run. */
  derive?(config: Config): Summary;
  run(config: Config, context: StageContext): Promise<Summary>;
}

/** Declares a stage kind; the file in `stages/` is named like the kind. */
export function defineStage<Config extends StageConfig>(definition: StageDefinition<Config>): StageDefinition<Config> {
  return definition;
}
