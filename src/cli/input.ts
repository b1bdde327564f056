/** Input lines of commands: files or standard input, as JSONL or plain text. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { AthanorError } from '../core/index.ts';
import { decodeText, ioError } from '../core/node.ts';

/** A text, or token ids where the input gives them. */
export interface InputItem {
  readonly text?: string;
  readonly ids?: readonly number[];
  /** `file:line`. */
  readonly place: string;
}

/** The bytes of a file (`-`: standard input) as text. @throws AthanorError('bad-file') where they are not UTF-8 */
function readInput(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch (error) {
    throw ioError(error, path, 'read');
  }
  return decodeText(bytes, path);
}

/**
 * The items of a file: JSONL when its name says so or its first line is a JSON object, else one text a line.
 * @throws AthanorError('bad-file' | 'bad-input') naming file and line
 */
export function readItems(path: string): InputItem[] {
  const lines = readInput(path).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const json = /\.jsonl(\.gz)?$/.test(path) || isObject(tryJson(lines[0] ?? ''));
  return lines.flatMap((line, i): InputItem[] => {
    const place = `${path}:${i + 1}`;
    if (!json) return [{ text: line, place }];
    if (line.trim() === '') return [];
    const value = tryJson(line);
    if (!isObject(value)) throw new AthanorError('bad-file', 'expected a JSON object', { place });
    if (Array.isArray(value.ids) && value.ids.every((id) => Number.isSafeInteger(id) && id >= 0))
      return [{ ids: value.ids as number[], place }];
    if (typeof value.text === 'string') return [{ text: value.text, place }];
    throw new AthanorError('bad-input', 'expected `text` (a string) or `ids` (token ids)', { place });
  });
}

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
