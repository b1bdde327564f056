/** Tokenizers in directories of Hugging Face's layout. Node only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { readJson, readText, writeJson } from '../core/node.ts';
import { fromJSON, type TokenizerConfig } from './hf/read.ts';
import { type TokenizerConfigOptions, tokenizerConfig } from './hf/write.ts';
import type { Tokenizer } from './types.ts';

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  /** tokenizer_config.json; empty where there is none. */
  readonly config: TokenizerConfig;
  readonly chatTemplate?: string;
}

/**
 * Reads `tokenizer.json`, and where they are there `tokenizer_config.json` and `chat_template.jinja`.
 * @throws AthanorError('not-found') for a directory without tokenizer; ('bad-file') naming the file and JSON path
 */
export function loadTokenizer(dir: string): LoadedTokenizer {
  const path = join(dir, 'tokenizer.json');
  if (!existsSync(path)) {
    const what = existsSync(dir) ? `no tokenizer in ${dir}: it has no tokenizer.json` : `no such directory: ${dir}`;
    throw new AthanorError('not-found', what, {
      place: path,
      hint: 'Give a directory with tokenizer.json, such as a model or the output of tokenizer train.',
    });
  }
  const configPath = join(dir, 'tokenizer_config.json');
  const config = existsSync(configPath) ? readConfig(configPath) : {};
  try {
    return { tokenizer: fromJSON(readJson(path), config), config, chatTemplate: readChatTemplate(dir, config) };
  } catch (error) {
    if (!(error instanceof AthanorError) || error.place === path) throw error;
    const { code, message, hint, values } = error;
    throw new AthanorError(code, `${path}: ${message.replace(/^tokenizer\.json: /, '')}`, {
      place: path,
      hint,
      values,
      cause: error,
    });
  }
}

function readConfig(path: string): TokenizerConfig {
  const config = readJson(path);
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as TokenizerConfig;
  throw new AthanorError('bad-file', `${path}: expected an object`, { place: path });
}

/** A file of its own (newer layout), a string, or the template named 'default'. */
function readChatTemplate(dir: string, config: TokenizerConfig): string | undefined {
  const path = join(dir, 'chat_template.jinja');
  if (existsSync(path)) return readText(path);
  const template = config.chat_template ?? undefined;
  if (typeof template === 'string' || template === undefined) return template;
  return Array.isArray(template) ? template.find((item) => item?.name === 'default')?.template : undefined;
}

/** Writes `tokenizer.json` and `tokenizer_config.json` into `dir`, each whole or not at all. */
export function saveTokenizer(dir: string, tokenizer: Tokenizer, options: TokenizerConfigOptions = {}): void {
  writeJson(join(dir, 'tokenizer.json'), tokenizer.toJSON());
  writeJson(join(dir, 'tokenizer_config.json'), tokenizerConfig(tokenizer, options));
}
