/** Limits on size: files 500 lines, functions 120 (tables, generated files and tests apart); registries are current. */
import { describe, expect, it } from 'vitest';
import { generate } from '../../scripts/gen.mjs';
import { codeOnly, files, isGenerated, isTest, read, root, sources } from './source.ts';

const fileLimit = 500;
const functionLimit = 120;
/** Files that may be longer, each with its reason. */
const longFiles: Record<string, string> = {};
/** Functions that may be longer, as `path:name`, each with its reason. */
const longFunctions: Record<string, string> = {};

/** Functions with their first and last line, found by Biome's indentation: the end is `}` at the start's indent. */
function functionsOf(path: string): { name: string; line: number; length: number }[] {
  const lines = codeOnly(read(path)).split('\n');
  const found: { name: string; line: number; length: number }[] = [];
  for (let start = 0; start < lines.length; start++) {
    const line = lines[start]!;
    if (!/(=>|\)|\)\s*:[^;=]+?)\s*\{\s*$/.test(line)) continue;
    if (/^\s*(\}\s*)?(if|else|for|while|switch|catch|do|try|with|class|interface|type)\b/.test(line)) continue;
    const indent = /^\s*/.exec(line)![0];
    let end = start + 1;
    while (end < lines.length && !lines[end]!.startsWith(`${indent}}`)) end++;
    const name = /function\*?\s+(\w+)|(\w+)\s*[=:(<]/.exec(line)?.slice(1).find(Boolean) ?? '(anonymous)';
    found.push({ name, line: start + 1, length: end - start + 1 });
  }
  return found;
}

describe('size', () => {
  it(`no file is longer than ${fileLimit} lines`, () => {
    const code = files.filter((path) => /^(src|scripts|bench|tests)\/.*\.(ts|mjs|css|html)$/.test(path));
    const long = code
      .filter((path) => !isGenerated(path) && !isTest(path) && !(path in longFiles))
      .map((path) => [path, read(path).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > fileLimit);
    expect(long).toEqual([]);
    expect(Object.keys(longFiles).filter((path) => !files.includes(path))).toEqual([]);
  });

  it(`no function is longer than ${functionLimit} lines`, () => {
    const long = sources
      .filter((path) => !isGenerated(path))
      .flatMap((path) => functionsOf(path).map((found) => ({ ...found, path })))
      .filter(({ path, name, length }) => length > functionLimit && !(`${path}:${name}` in longFunctions))
      .map(({ path, name, line, length }) => `${path}:${line} ${name} has ${length} lines`);
    expect(long).toEqual([]);
  });

  it('the scan sees functions', () => {
    expect(functionsOf('src/core/fs.ts').map(({ name }) => name)).toContain('writeFileAtomic');
  });

  it('commands of the command line stay under 100 lines', () => {
    const long = sources
      .filter((path) => path.startsWith('src/cli/commands/') && !isGenerated(path))
      .filter((path) => read(path).split('\n').length > 100);
    expect(long).toEqual([]);
  });
});

describe('registries', () => {
  it('are what `npm run gen` writes', () => {
    expect(generate(root, true)).toEqual([]);
  });
});
