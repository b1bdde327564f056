/** How the components of tokenizer.json are looked up by `type`; knows none of them. */
import { AthanorError, unknownName } from '../../core/index.ts';
import type { Json } from '../types.ts';

export type ComponentTable<Component> = Readonly<
  Record<string, (json: Readonly<Record<string, unknown>>, place: string) => Component>
>;

/**
 * @param kind for the message: 'decoder', 'pre-tokenizer' …
 * @throws AthanorError('unsupported') naming the type and everything that is supported
 */
export function buildComponent<Component>(
  kind: string,
  table: ComponentTable<Component>,
  json: Json,
  place: string,
): Component {
  const object = asObject(json, place);
  if (typeof object.type !== 'string') throw badFile(`${place}.type`, 'expected the name of a component', object.type);
  if (!Object.hasOwn(table, object.type)) {
    const error = unknownName(kind, object.type, Object.keys(table));
    throw new AthanorError('unsupported', `${place}.type: ${error.message}`, {
      place,
      hint: error.hint,
      values: error.values,
    });
  }
  return table[object.type]!(object, place);
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

/** The error for a malformed file: JSON path, what was expected, what was found. */
export function badFile(place: string, expected: string, found: unknown): AthanorError {
  const shown = found === undefined ? 'nothing' : (JSON.stringify(found)?.slice(0, 80) ?? typeof found);
  return new AthanorError('bad-file', `tokenizer.json: ${place}: ${expected}, found ${shown}`, {
    place,
    values: { path: place },
  });
}
