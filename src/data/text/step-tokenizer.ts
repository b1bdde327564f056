/**
 * The tokenizer that a step's config names: a directory, a file, or an installed encoding such as cl100k_base. Text is
 * from outside, so what looks like a special token in it is text, and nothing is put around it.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import type { EncodeOptions, Tokenizer } from '../../tokenizer/index.ts';

/** How documents are encoded here. */
export const plainText: EncodeOptions = { addSpecialTokens: false, allowedSpecial: 'none' };

/** @param place such as `length`: whose config it is @throws AthanorError('bad-input' | 'not-found' | 'bad-file') */
export async function openTokenizer(name: string | undefined, baseDir: string, place: string): Promise<Tokenizer> {
  if (name === undefined)
    throw new AthanorError('bad-input', `${place}: counting tokens needs a tokenizer`, {
      place: `${place}.tokenizer`,
      hint: 'Name a directory with tokenizer.json, a file, or an installed encoding such as cl100k_base.',
    });
  const { loadTokenizer } = await import('../../tokenizer/node.ts');
  const path = resolve(baseDir, name);
  return loadTokenizer(existsSync(path) ? path : name).tokenizer;
}

const inPlaceOfJson = /^(vocab\.(json|txt)|merges\.txt|.*\.model|.*\.tiktoken)$/;

/** The files that such a name stands for, so that their content counts; none for an installed encoding. */
export function tokenizerFiles(name: string | undefined, baseDir: string): string[] {
  if (name === undefined) return [];
  const path = resolve(baseDir, name);
  if (!existsSync(path)) return [];
  const isFile = !statSync(path).isDirectory();
  const directory = isFile ? dirname(path) : path;
  const found = readdirSync(directory).sort();
  // Beside a model's tokenizer lie its weights, which say nothing here.
  const main = found.includes('tokenizer.json') ? ['tokenizer.json'] : found.filter((file) => inPlaceOfJson.test(file));
  const config = found.filter((file) => file === 'tokenizer_config.json');
  return [...(isFile ? [basename(path)] : main), ...config].map((file) => join(directory, file));
}
