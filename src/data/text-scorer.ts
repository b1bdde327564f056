/**
 * Neural language models, as far as a data build needs them: something that tells how likely texts are. Declared here
 * and made above (models and inference stand on higher floors): whoever builds a dataset hands in an `OpenTextScorer`;
 * recipes hand in the one of `recipe/text-scorer.ts`.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AthanorError, nearest } from '../core/index.ts';
import { describeFiles } from './lines.ts';
import type { InputFile } from './source.ts';
import type { Workspace } from './workspace.ts';

/** How likely a text is. */
export interface TextScore {
  /** Negative log-likelihood of the counted tokens, in nats. */
  readonly nll: number;
  readonly tokens: number;
  /** UTF-8 bytes of the counted tokens. */
  readonly bytes: number;
}

export interface TextScorer {
  /**
   * Scores texts, in order. A text has the same score whatever is scored beside it, and on however many threads; 0 tokens
   * where there is nothing to predict.
   */
  score(texts: readonly string[]): Promise<TextScore[]>;
  dispose(): void;
}

export interface TextScorerSettings {
  /** Tokens that the model sees at once. Default: its context, at most 1024. */
  readonly window?: number | undefined;
  /** Tokens by which a window of a long text goes on. Default: half a window. */
  readonly stride?: number | undefined;
  /** Only so many tokens of a text are scored, from its begin. */
  readonly maxTokens: number;
}

interface Threads {
  readonly threads: number;
}

/** Opens a model directory in Hugging Face's layout. @throws AthanorError naming the file that is missing or wrong */
export type OpenTextScorer = (directory: string, settings: TextScorerSettings & Threads) => Promise<TextScorer>;

/** A model that a step's config names, and where in the config it does. */
export interface NamedModel {
  readonly path: readonly (string | number)[];
  readonly model: string;
  readonly settings: TextScorerSettings;
}

interface Place {
  readonly baseDir: string;
  readonly workspace: Workspace;
}

/** Whether a model is named that lies in the workspace, or will: a path has a slash. */
export const isModelName = (model: string): boolean => !/[\\/]/.test(model);

/** Files of a model directory that decide what the model says of a text. */
const deciding =
  /^(config\.json|.*\.safetensors(\.index\.json)?|tokenizer(_config)?\.json|(special_tokens_map|added_tokens)\.json|vocab\.(json|txt)|merges\.txt|.*\.(model|tiktoken))$/;

/** @throws AthanorError('not-found') listing the models there are */
export function textModelDirectory(model: string, { baseDir, workspace }: Place): string {
  const byName = isModelName(model);
  const directory = byName ? workspace.model(model) : resolve(baseDir, model);
  if (existsSync(join(directory, 'config.json'))) return directory;
  if (!byName) {
    const found = statSync(directory, { throwIfNoEntry: false });
    const why = !found ? 'it does not exist' : found.isDirectory() ? 'it has no config.json' : 'it is a file';
    throw new AthanorError('not-found', `${model} is not a model directory: ${why}`, {
      place: directory,
      hint: `Relative paths begin at ${baseDir}.`,
    });
  }
  const names = workspace.list('models');
  const near = nearest(model, names);
  throw new AthanorError('not-found', `no model '${model}' in the workspace`, {
    place: directory,
    hint: `${near ? `Did you mean '${near}'? ` : ''}Models there: ${names.join(', ') || '(none)'}. A directory is named with a slash, as ./${model}.`,
  });
}

/** The files of a model with their hashes, named alike wherever the model lies. @throws AthanorError('not-found') */
export function textModelFiles(model: string, place: Place): InputFile[] {
  const directory = textModelDirectory(model, place);
  const names = readdirSync(directory).filter((name) => deciding.test(name));
  return describeFiles(
    names.sort().map((name) => ({ path: join(directory, name), name: `${basename(directory)}/${name}` })),
  );
}

/** Opens the model, or says how to have it opened. */
export function openModelWith(
  open: OpenTextScorer | undefined,
  place: Place,
): (named: NamedModel, threads: Threads) => Promise<TextScorer> {
  return async ({ model, settings }, { threads }) => {
    const directory = textModelDirectory(model, place);
    if (open) return open(directory, { ...settings, threads });
    throw new AthanorError('unsupported', `nothing was given that can open the model '${model}'`, {
      place: directory,
      hint: "Give buildDataset an `openTextScorer`, such as `textScorerOpener()` of 'athanor/recipe'; recipes do.",
    });
  };
}
