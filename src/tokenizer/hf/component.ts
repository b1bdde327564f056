/**
 * What a component of tokenizer.json is: one file = one definition = one `type`, listed in its folder's registry.gen.ts.
 * Knows no component.
 */
import { AthanorError, unknownName } from '../../core/index.ts';
import type { Decoder, Json, Model, Normalizer, PostProcessor, PreTokenizer } from '../types.ts';

/** Builds a component of the same kind; given to those that hold others (Sequence). */
export type BuildComponent<Component> = (json: Json, place: string) => Component;

export interface ComponentDefinition<Component> {
  /** The file's name. */
  readonly name: string;
  /** The name in tokenizer.json. */
  readonly type: string;
  /**
   * @param place JSON path, for errors
   * @throws AthanorError('bad-file') naming the path; ('unsupported') for a setting that is not known here
   */
  read(json: Readonly<Record<string, unknown>>, place: string, build: BuildComponent<Component>): Component;
}

export const defineNormalizer = (definition: ComponentDefinition<Normalizer>) => definition;
export const definePreTokenizer = (definition: ComponentDefinition<PreTokenizer>) => definition;
export const defineModel = (definition: ComponentDefinition<Model>) => definition;
export const definePostProcessor = (definition: ComponentDefinition<PostProcessor>) => definition;
export const defineDecoder = (definition: ComponentDefinition<Decoder>) => definition;

/** A hostile file could nest Sequences until the stack overflows; Hugging Face's JSON reader stops at 128 levels. */
const deepest = 32;

/**
 * The function that builds components of one kind by their `type`.
 * @param kind for messages: 'decoder', 'pre-tokenizer' …
 * @throws AthanorError('unsupported') naming the type and everything that is supported
 */
export function componentBuilder<Component>(
  kind: string,
  registry: Readonly<Record<string, ComponentDefinition<Component>>>,
): BuildComponent<Component> {
  const byType = new Map(Object.values(registry).map((definition) => [definition.type, definition]));
  let depth = 0;
  const build: BuildComponent<Component> = (json, place) => {
    const object = asObject(json, place);
    if (depth >= deepest) throw badFile(place, `expected at most ${deepest} components inside each other`, 'more');
    if (typeof object.type !== 'string')
      throw badFile(`${place}.type`, 'expected the name of a component', object.type);
    const definition = byType.get(object.type);
    if (definition) {
      depth++;
      try {
        return definition.read(object, place, build);
      } finally {
        depth--;
      }
    }
    const error = unknownName(kind, object.type, [...byType.keys()]);
    throw new AthanorError('unsupported', `tokenizer.json: ${place}.type: ${error.message}`, {
      place,
      hint: error.hint,
      values: error.values,
    });
  };
  return build;
}

/** The list of components under `key`. */
export function componentList(json: Readonly<Record<string, unknown>>, key: string, place: string): Json[] {
  const list = json[key];
  if (!Array.isArray(list)) throw badFile(`${place}.${key}`, 'expected a list', list);
  return list.map((item, i) => asObject(item, `${place}.${key}[${i}]`));
}

export function asObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badFile(place, 'expected an object', value);
  return value as Readonly<Record<string, unknown>>;
}

/** A string under `key`, or `fallback` where the key is missing or null; no fallback: it must be there. */
export function stringAt(json: Readonly<Record<string, unknown>>, key: string, place: string, fallback?: string) {
  const value = json[key] ?? fallback;
  if (typeof value !== 'string') throw badFile(`${place}.${key}`, 'expected a string', value);
  return value;
}

/** A boolean under `key`, or `fallback` where the key is missing or null. */
export function booleanAt(json: Readonly<Record<string, unknown>>, key: string, place: string, fallback: boolean) {
  const value = json[key] ?? fallback;
  if (typeof value !== 'boolean') throw badFile(`${place}.${key}`, 'expected true or false', value);
  return value;
}

/** A whole number from 0 under `key`, or `fallback` where the key is missing or null. */
export function countAt(json: Readonly<Record<string, unknown>>, key: string, place: string, fallback?: number) {
  const value = json[key] ?? fallback;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw badFile(`${place}.${key}`, 'expected a whole number from 0', value);
  return value as number;
}

/** The error for a malformed file: JSON path, what was expected, what was found. */
export function badFile(place: string, expected: string, found: unknown): AthanorError {
  const shown = found === undefined ? 'nothing' : describe(found);
  return new AthanorError('bad-file', `tokenizer.json: ${place}: ${expected}, found ${shown}`, {
    place,
    values: { path: place },
  });
}

function describe(found: unknown): string {
  try {
    return JSON.stringify(found)?.slice(0, 80) ?? typeof found;
  } catch {
    return typeof found; // nested too deep to be written
  }
}

/** The error for a well-formed setting that is not implemented. */
export function unsupportedSetting(place: string, value: unknown, hint: string): AthanorError {
  return new AthanorError('unsupported', `tokenizer.json: ${place}: ${JSON.stringify(value)} is not supported`, {
    place,
    hint,
  });
}
