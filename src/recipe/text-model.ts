/** Opens a model directory as something that writes text: weights, tokenizer, engine, device. Wiring only. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { AthanorError, nearest } from '../core/index.ts';
import { Workspace } from '../data/index.ts';
import { Scorer } from '../eval/index.ts';
import type { Engine, TextModel } from '../infer/index.ts';
import { checkVocabulary, openTextModel as openModelOn } from '../infer/node.ts';
import { isModelDirectory, loadModel } from '../models/node.ts';
import type { Backend } from '../runtime/index.ts';
import { openBackend } from '../runtime/node.ts';
import { type LoadedTokenizer, loadTokenizer } from '../tokenizer/node.ts';

export interface OpenModelOptions {
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | 'auto';
  readonly threads?: number | undefined;
  /** Sequences computed at once. */
  readonly slots?: number;
  /** Context length; default the model's. */
  readonly maxLength?: number;
  /** Requests that may wait. */
  readonly maxQueue?: number;
  /** An open device to use; it stays the caller's. Default: one of its own. */
  readonly backend?: Backend;
}

/** A model ready to write; `dispose` frees everything. */
export interface OpenModel {
  readonly name: string;
  readonly directory: string;
  readonly text: TextModel;
  readonly engine: Engine;
  readonly tokenizer: LoadedTokenizer;
  readonly backend: Backend;
  dispose(): Promise<void>;
}

/**
 * The directory of a model: a path, or the name of a model in the workspace.
 * @throws AthanorError('not-found') listing the models there are
 */
export function modelDirectory(value: string, workspaceDirectory: string): string {
  if (isModelDirectory(value)) return resolve(value);
  const workspace = new Workspace(workspaceDirectory);
  const names = workspace.list('models');
  if (names.includes(value)) return workspace.model(value);
  const near = nearest(basename(value), names);
  const found = statSync(value, { throwIfNoEntry: false });
  const why = found?.isDirectory() ? 'it has no config.json' : 'it is a file';
  const what = found ? `${value} is not a model directory: ${why}` : `model not found: ${value}`;
  throw new AthanorError('not-found', what, {
    place: value,
    hint: `${near ? `Did you mean '${near}'? ` : ''}Models in ${workspaceDirectory}: ${names.join(', ') || '(none)'}.`,
  });
}

/** @throws AthanorError('not-found' | 'bad-file' | 'unsupported') naming the file */
export async function openTextModel(directory: string, options: OpenModelOptions = {}): Promise<OpenModel> {
  const tokenizer = loadTokenizer(directory);
  const { slots, maxLength, maxQueue } = options;
  const backend = options.backend ?? (await openBackend({ device: options.device, threads: options.threads }));
  const disposeBackend = () => {
    if (options.backend === undefined) backend.dispose();
  };
  try {
    const text = await openModelOn(directory, { backend, tokenizer, slots, maxLength, maxQueue });
    const { engine } = text;
    const dispose = async () => {
      await engine.dispose();
      disposeBackend();
    };
    return { name: basename(directory), directory, text, engine, tokenizer, backend, dispose };
  } catch (error) {
    disposeBackend();
    throw error;
  }
}

/** A model that scores given texts: its weights, tokenizer and device. */
export interface OpenScorer {
  readonly scorer: Scorer;
  readonly tokenizer: LoadedTokenizer;
  readonly backend: Backend;
  dispose(): void;
}

/** @throws AthanorError as `openTextModel` */
export async function openScorer(directory: string, options: OpenModelOptions = {}): Promise<OpenScorer> {
  const tokenizer = loadTokenizer(directory);
  const loaded = loadModel(directory);
  const freed: (() => void)[] = [];
  const dispose = () => {
    for (const free of freed.splice(0).reverse()) free();
  };
  try {
    checkVocabulary(loaded.model, tokenizer.tokenizer, directory);
    const backend = options.backend ?? (await openBackend({ device: options.device, threads: options.threads }));
    if (options.backend === undefined) freed.push(() => backend.dispose());
    const store = backend.createStore();
    freed.push(() => store.dispose());
    loaded.loadInto(store);
    const scorer = new Scorer({ model: loaded.model, backend, store, transforms: loaded.transforms });
    freed.push(() => scorer.dispose());
    return { scorer, tokenizer, backend, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    loaded.close();
  }
}
