/** Opens a model directory as something that writes text: weights, tokenizer, engine, device. Wiring only. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AthanorError, nearest } from '../core/index.ts';
import { readJson } from '../core/node.ts';
import { Workspace } from '../data/index.ts';
import { Scorer } from '../eval/index.ts';
import { createRunner, createTextModel, Engine, type SamplingInput, type TextModel } from '../infer/index.ts';
import { isModelDirectory, type LoadedModel, loadModel } from '../models/node.ts';
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
  const what = existsSync(value)
    ? `${value} is not a model directory: it has no config.json`
    : `model not found: ${value}`;
  throw new AthanorError('not-found', what, {
    place: value,
    hint: `${near ? `Did you mean '${near}'? ` : ''}Models in ${workspaceDirectory}: ${names.join(', ') || '(none)'}.`,
  });
}

/** @throws AthanorError('not-found' | 'bad-file' | 'unsupported') naming the file */
export async function openTextModel(directory: string, options: OpenModelOptions = {}): Promise<OpenModel> {
  const tokenizer = loadTokenizer(directory);
  const loaded = loadModel(directory);
  try {
    checkVocabulary(loaded, tokenizer, directory);
    const backend = options.backend ?? (await openBackend({ device: options.device, threads: options.threads }));
    const store = backend.createStore();
    loaded.loadInto(store);
    const { model, transforms } = loaded;
    const { slots, maxLength } = options;
    const runner = await createRunner({ model, backend, store, transforms, slots, maxLength, ownsStore: true });
    const engine = new Engine(runner, { maxQueue: options.maxQueue });
    const text = createTextModel({
      engine,
      tokenizer: tokenizer.tokenizer,
      chatTemplate: tokenizer.chatTemplate,
      sampling: samplingDefaults(directory),
    });
    const dispose = async () => {
      await engine.dispose();
      if (options.backend === undefined) backend.dispose();
    };
    return { name: basename(directory), directory, text, engine, tokenizer, backend, dispose };
  } finally {
    loaded.close();
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
  try {
    checkVocabulary(loaded, tokenizer, directory);
    const backend = options.backend ?? (await openBackend({ device: options.device, threads: options.threads }));
    const store = backend.createStore();
    loaded.loadInto(store);
    const scorer = new Scorer({ model: loaded.model, backend, store, transforms: loaded.transforms });
    const dispose = () => {
      scorer.dispose();
      store.dispose();
      if (options.backend === undefined) backend.dispose();
    };
    return { scorer, tokenizer, backend, dispose };
  } finally {
    loaded.close();
  }
}

/** A tokenizer with more ids than the model has rows would read past the embedding. */
function checkVocabulary({ model }: LoadedModel, { tokenizer }: LoadedTokenizer, directory: string): void {
  if (tokenizer.vocabSize <= model.dims.vocabSize) return;
  throw new AthanorError(
    'bad-file',
    `the tokenizer has ${tokenizer.vocabSize} tokens, the model only ${model.dims.vocabSize}`,
    {
      place: directory,
      hint: 'The directory mixes files of different models.',
    },
  );
}

/** Sampling parameters of generation_config.json, under Hugging Face's names. */
function samplingDefaults(directory: string): SamplingInput {
  const path = join(directory, 'generation_config.json');
  if (!existsSync(path)) return {};
  const config = readJson(path) as Record<string, unknown>;
  const names = ['temperature', 'top_k', 'top_p', 'min_p', 'repetition_penalty'] as const;
  return Object.fromEntries(names.flatMap((name) => (typeof config[name] === 'number' ? [[name, config[name]]] : [])));
}
