/** The `truncation` and `padding` objects of tokenizer.json, read and written as Hugging Face does. */
import { AthanorError } from '../../core/index.ts';
import type { Padding, Truncation } from '../types.ts';
import { asObject, badFile, countAt, stringAt } from './component.ts';

const strategies = { longest_first: 'LongestFirst', only_first: 'OnlyFirst', only_second: 'OnlySecond' } as const;
const directions = { right: 'Right', left: 'Left' } as const;

/** The key under which `table` has the value. */
function keyOf<Key extends string>(table: Readonly<Record<Key, string>>, value: unknown, place: string): Key {
  const keys = Object.keys(table) as Key[];
  const key = keys.find((name) => table[name] === value);
  if (key === undefined) throw badFile(place, `expected ${keys.map((name) => `"${table[name]}"`).join(' or ')}`, value);
  return key;
}

/** undefined for null or nothing. @throws AthanorError('bad-file') naming the JSON path */
export function readTruncation(json: unknown, place = 'truncation'): Truncation | undefined {
  if (json === undefined || json === null) return undefined;
  const object = asObject(json, place);
  return {
    max_length: countAt(object, 'max_length', place),
    stride: countAt(object, 'stride', place, 0),
    strategy: keyOf(strategies, object.strategy ?? 'LongestFirst', `${place}.strategy`),
    direction: keyOf(directions, object.direction ?? 'Right', `${place}.direction`),
  };
}

/** Longest encoding that a file may ask for: a wrong number would only cost memory. */
const longestPadding = 1 << 24;

/** undefined for null or nothing. @throws AthanorError('bad-file') naming the JSON path */
export function readPadding(json: unknown, place = 'padding'): Padding | undefined {
  if (json === undefined || json === null) return undefined;
  const object = asObject(json, place);
  const multiple = countAt(object, 'pad_to_multiple_of', place, 0);
  if (multiple > longestPadding)
    throw badFile(`${place}.pad_to_multiple_of`, `expected at most ${longestPadding}`, multiple);
  return {
    length: readPaddingStrategy(object.strategy ?? 'BatchLongest', `${place}.strategy`),
    direction: keyOf(directions, object.direction ?? 'Right', `${place}.direction`),
    ...(multiple > 0 ? { pad_to_multiple_of: multiple } : {}),
    pad_id: countAt(object, 'pad_id', place, 0),
    pad_type_id: countAt(object, 'pad_type_id', place, 0),
    pad_token: stringAt(object, 'pad_token', place, '[PAD]'),
  };
}

function readPaddingStrategy(json: unknown, place: string): 'longest' | number {
  if (json === 'BatchLongest') return 'longest';
  const expected = 'expected "BatchLongest" or {"Fixed": length}';
  if (typeof json !== 'object' || json === null) throw badFile(place, expected, json);
  const length = countAt(json as Readonly<Record<string, unknown>>, 'Fixed', place);
  if (length > longestPadding) throw badFile(`${place}.Fixed`, `expected at most ${longestPadding}`, length);
  return length;
}

export function writeTruncation(truncation: Truncation | undefined): unknown {
  if (!truncation) return null;
  return {
    direction: directions[truncation.direction ?? 'right'],
    max_length: truncation.max_length,
    strategy: strategies[truncation.strategy ?? 'longest_first'],
    stride: truncation.stride ?? 0,
  };
}

export function writePadding(padding: Padding | undefined): unknown {
  if (!padding) return null;
  const { length = 'longest' } = padding;
  return {
    strategy: length === 'longest' ? 'BatchLongest' : { Fixed: length },
    direction: directions[padding.direction ?? 'right'],
    pad_to_multiple_of: padding.pad_to_multiple_of ?? null,
    pad_id: padding.pad_id ?? 0,
    pad_type_id: padding.pad_type_id ?? 0,
    pad_token: padding.pad_token ?? '[PAD]',
  };
}

/** @throws AthanorError('bad-input') for settings that a caller gave and that are none */
export function checkTruncation(truncation: Truncation): Truncation {
  const { max_length: length, stride = 0, strategy = 'longest_first', direction = 'right' } = truncation;
  if (!isCount(length)) throw badSetting('truncation.max_length', 'expected a whole number from 0', length);
  if (!isCount(stride)) throw badSetting('truncation.stride', 'expected a whole number from 0', stride);
  if (!Object.hasOwn(strategies, strategy))
    throw badSetting('truncation.strategy', `expected one of ${Object.keys(strategies).join(', ')}`, strategy);
  checkDirection('truncation.direction', direction);
  return truncation;
}

/** @throws AthanorError('bad-input') for settings that a caller gave and that are none */
export function checkPadding(padding: Padding): Padding {
  const { length = 'longest', direction = 'right', pad_to_multiple_of: multiple = 0 } = padding;
  if (length !== 'longest' && !(isCount(length) && length <= longestPadding))
    throw badSetting('padding.length', `expected 'longest' or a whole number from 0 to ${longestPadding}`, length);
  if (!(isCount(multiple) && multiple <= longestPadding))
    throw badSetting('padding.pad_to_multiple_of', `expected a whole number from 0 to ${longestPadding}`, multiple);
  checkDirection('padding.direction', direction);
  return padding;
}

function checkDirection(place: string, direction: unknown): void {
  if (direction !== 'left' && direction !== 'right') throw badSetting(place, "expected 'left' or 'right'", direction);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function badSetting(place: string, expected: string, found: unknown): AthanorError {
  return new AthanorError('bad-input', `${place}: ${expected}, found ${String(found)}`, { place });
}
