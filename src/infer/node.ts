/** Opens a model directory for generation: weights, tokenizer, chat template, generation config. Node only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError, parse } from '../core/index.ts';
import { readJson } from '../core/node.ts';
import type { Model } from '../models/index.ts';
import { loadModel } from '../models/node.ts';
import type { Backend } from '../runtime/index.ts';
import type { Tokenizer } from '../tokenizer/index.ts';
import { type LoadedTokenizer, loadTokenizer } from '../tokenizer/node.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { createRunner } from './program-runner.ts';
import type { SamplingInput } from './sampling/index.ts';
import type { TextModel } from './text.ts';
import { createTextModel } from './text-model.ts';

export interface OpenTextModelOptions extends EngineOptions {
  readonly backend: Backend;
  /** Requests that run at once. Default 8. */
  readonly slots?: number;
  /** Context length; default the model's. */
  readonly maxLength?: number;
  /** The directory's tokenizer, where the caller has it already. */
  readonly tokenizer?: LoadedTokenizer;
}

/** A text model with what it was made of. Disposing of its engine frees everything but the backend. */
export interface OpenedTextModel extends TextModel {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: string | undefined;
}

/**
 * Loads and compiles a model directory.
 * @throws AthanorError('not-found') for a directory without config, weights or tokenizer; 'bad-file' for malformed or mixed ones
 */
export async function openTextModel(directory: string, options: OpenTextModelOptions): Promise<OpenedTextModel> {
  const { backend, slots, maxLength, tokenizer: given, ...engineOptions } = options;
  const { tokenizer, chatTemplate } = given ?? loadTokenizer(directory);
  const { stopIds, sampling } = readGenerationConfig(directory);
  const loaded = loadModel(directory);
  const store = backend.createStore();
  try {
    checkVocabulary(loaded.model, tokenizer, directory);
    loaded.loadInto(store);
  } catch (error) {
    store.dispose();
    throw error;
  } finally {
    loaded.close();
  }
  const { model, transforms } = loaded;
  const runner = await createRunner({ model, backend, store, transforms, slots, maxLength, ownsStore: true });
  const engine = new Engine(runner, engineOptions);
  const text = createTextModel({ engine, tokenizer, chatTemplate, sampling });
  // A config may name the end of text only, and a chat model ends its turns all the same.
  return { ...text, stopIds: [...new Set([...text.stopIds, ...stopIds])], model, tokenizer, chatTemplate };
}

/** A tokenizer with more ids than the model has rows would read past the embedding. @throws AthanorError('bad-file') */
export function checkVocabulary({ dims }: Model, { vocabSize }: Tokenizer, directory: string): void {
  if (vocabSize <= dims.vocabSize) return;
  const what = `the tokenizer has ${vocabSize} tokens, the model only ${dims.vocabSize}`;
  throw new AthanorError('bad-file', what, {
    place: directory,
    hint: 'The directory mixes files of different models.',
  });
}

/** The keys of generation_config.json that we honour; others are for other engines. */
const generationConfigSchema = z.object({
  eos_token_id: z.union([z.int(), z.array(z.int())]).nullish(),
  do_sample: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_k: z.int().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().max(10).nullish(),
});

function readGenerationConfig(directory: string): { stopIds: number[]; sampling?: SamplingInput } {
  const path = join(directory, 'generation_config.json');
  if (!existsSync(path)) return { stopIds: [] };
  const config = parse(generationConfigSchema, readJson(path), path);
  const { eos_token_id: eos, do_sample, ...values } = config;
  const sampling = Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as SamplingInput;
  return {
    stopIds: typeof eos === 'number' ? [eos] : (eos ?? []),
    // Hugging Face's do_sample: false is greedy, whatever the temperature.
    sampling: do_sample === false ? { ...sampling, temperature: 0 } : sampling,
  };
}
