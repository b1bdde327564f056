/** Reads the source tree as text for the architecture tests: files, imports, code without strings and comments. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Tracked files and new ones that git does not ignore, relative to the repository, with `/`. */
export const files: readonly string[] = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)) && statSync(join(root, path)).isFile());

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export const isTest = (path: string): boolean =>
  /\.(test|case)\.ts$/.test(path) || /(^|\/)(tests|testing)\//.test(path);
export const isGenerated = (path: string): boolean => path.endsWith('.gen.ts');

/** TypeScript under src/ that ships. */
export const sources: readonly string[] = files.filter(
  (path) => path.startsWith('src/') && path.endsWith('.ts') && !isTest(path),
);

export interface Import {
  readonly specifier: string;
  /** The imported file relative to the repository, or undefined for packages. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** The imports (and re-exports) of a file. */
export function importsOf(path: string): Import[] {
  const text = withoutComments(read(path));
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean) => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    found.push({ specifier, target, typeOnly, dynamic });
  };
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]/gm))
    add(match[2]!, match[1] !== undefined, false);
  for (const match of text.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) add(match[1]!, false, false);
  for (const match of text.matchAll(/(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    add(match[2]!, match[1] !== undefined || text[match.index + match[0].length] === '.', true);
  return found;
}

/** Comments blanked out, strings kept; line numbers stay. */
export function withoutComments(text: string): string {
  return scan(text, false);
}

/** Comments and the insides of strings and templates blanked out; line numbers stay. */
export function codeOnly(text: string): string {
  return scan(text, true);
}

function scan(text: string, blankStrings: boolean): string {
  const blank = (piece: string) => piece.replace(/[^\n]/g, ' ');
  // Order matters: comments, strings, templates, then regular expressions where an expression may start.
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(,:!&|?;{}[\n]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\/[a-z]*/g;
  return text.replace(token, (piece) => {
    if (piece.startsWith('//') || piece.startsWith('/*')) return blank(piece);
    return blankStrings ? `${piece[0]}${blank(piece.slice(1, -1))}${piece.at(-1)}` : piece;
  });
}
