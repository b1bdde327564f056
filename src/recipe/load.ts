/** Reads a recipe file (YAML with line numbers, or JSON, or a module) and applies `--set`; an error names file and line. */
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { AthanorError } from '../core/index.ts';
import { mustExist, readText } from '../core/node.ts';
import { applyOverrides, type Override } from './override.ts';
import { parseRecipe, type Recipe } from './schema.ts';

export interface LoadedRecipe {
  readonly recipe: Recipe;
  /** Absolute path of the file and of its folder. */
  readonly file: string;
  readonly baseDir: string;
  /** The value that was parsed, overrides included: written beside each run. */
  readonly value: unknown;
  /** Puts `file:line` (or the `--set`) into an error that names a path in the recipe. */
  readonly locate: (error: unknown) => unknown;
}

/**
 * @param path the recipe's file
 * @param sets `key=value` pairs of `--set`
 * @throws AthanorError('bad-input' | 'not-found') with `file:line` as its place
 */
export async function loadRecipe(path: string, sets: readonly string[] = []): Promise<LoadedRecipe> {
  mustExist(path, 'recipe', 'Give the path of a recipe, for example examples/poet/recipe.yaml.');
  const file = resolve(path);
  const written = ['.js', '.mjs', '.ts', '.mts'].includes(extname(file))
    ? await fromModule(file)
    : fromYaml(file, path);
  const locate = wholeRecipe(written);
  const overrides: Override[] = [];
  const value = applyOverrides(locate.value, sets, overrides);
  const located = (error: unknown) => placeError(error, overrides, locate.lineOf, path);
  try {
    return { recipe: parseRecipe(value, path), file, baseDir: dirname(file), value, locate: located };
  } catch (error) {
    // `--set name=7` reads as a number; where the schema wants a string, take the text as it was typed.
    const override = overrides.find((one) => error instanceof AthanorError && samePath(one.path, error.values.path));
    if (override === undefined || (error as AthanorError).values.expected !== 'string') throw located(error);
    override.write(override.text);
    try {
      return { recipe: parseRecipe(value, path), file, baseDir: dirname(file), value, locate: located };
    } catch (second) {
      throw located(second);
    }
  }
}

interface Source {
  readonly value: unknown;
  readonly lineOf: (path: readonly PropertyKey[], key?: string) => number | undefined;
}

function fromYaml(file: string, shown: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, uniqueKeys: true });
  const problem = document.errors[0];
  if (problem !== undefined)
    throw new AthanorError('bad-input', `malformed YAML: ${problem.message.split(' at line')[0]}`, {
      place: `${shown}:${lines.linePos(problem.pos[0]).line}`,
      hint: 'Check indentation, brackets and quotes on this line and the one before it.',
    });
  const value: unknown = document.toJS();
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AthanorError(
      'bad-input',
      'expected a recipe: an object with `name` and `stages`, or with `sources` and `steps`',
      {
        place: `${shown}:1`,
      },
    );
  return { value, lineOf: (path, key) => lineOf(document, lines, path, key) };
}

/** `sources` (and `steps`, …) without `stages` is a data stage alone: the recipe around it need not be written. */
function wholeRecipe({ value, lineOf }: Source): Source {
  const given = value as Readonly<Record<string, unknown>> | undefined;
  if (given?.sources === undefined || given.stages !== undefined) return { value, lineOf };
  const { seed, plugins, ...data } = given;
  const head = Object.fromEntries(Object.entries({ seed, plugins }).filter(([, one]) => one !== undefined));
  return {
    value: { name: data.name ?? 'data', ...head, stages: [{ data }] },
    lineOf: (path, key) => lineOf(path[0] === 'stages' ? path.slice(3) : path, key),
  };
}

async function fromModule(file: string): Promise<Source> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return { value: structuredClone(module.default), lineOf: () => undefined };
  } catch (cause) {
    const hint = /\.m?ts$/.test(file)
      ? 'Recipes in TypeScript need a Node that runs .ts files; write .mjs or .yaml.'
      : undefined;
    throw new AthanorError('bad-input', `cannot load the recipe: ${(cause as Error).message}`, {
      place: file,
      hint,
      cause,
    });
  }
}

/** The line of the value at `path` (of its key, where it has one); the nearest parent's where the value is missing. */
function lineOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
  key?: string,
): number | undefined {
  const full = key === undefined ? [...path] : [...path, key];
  for (let length = full.length; length >= 0; length--) {
    const parent = length === 0 ? undefined : document.getIn(full.slice(0, length - 1), true);
    const last = full[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === last) : undefined;
    const node = pair?.key ?? document.getIn(full.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** Puts `file:line`, or the `--set` that brought the value, into a schema error. */
function placeError(error: unknown, overrides: readonly Override[], line: Source['lineOf'], shown: string): unknown {
  if (!(error instanceof AthanorError)) return error;
  const path = (error.values.path ?? []) as readonly PropertyKey[];
  const key = error.values.key as string | undefined;
  const full = key === undefined ? path : [...path, key];
  const override = overrides.find((one) => one.path.every((part, i) => part === full[i]));
  const at = override ? undefined : line(path, key);
  const place = override ? `--set ${override.key}=${override.text}` : at === undefined ? shown : `${shown}:${at}`;
  return new AthanorError(error.code, error.message, {
    place,
    hint: error.hint,
    values: error.values,
    cause: error.cause,
  });
}

function samePath(a: readonly PropertyKey[], b: unknown): boolean {
  return Array.isArray(b) && a.length === b.length && a.every((part, i) => part === b[i]);
}
