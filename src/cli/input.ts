/** Input lines of commands: files or standard input, as JSONL or plain text. */

import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
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
  const json = isJsonLines(path, lines[0] ?? '');
  return lines.flatMap((line, i) => lineItems(line, `${path}:${i + 1}`, json));
}

/**
 * As `readItems`, one after the other while the file is read: for files of any size.
 * @throws AthanorError('bad-file' | 'bad-input' | 'io') naming file and line
 */
export async function* streamItems(path: string): AsyncGenerator<InputItem, void, undefined> {
  let json: boolean | undefined;
  let number = 0;
  for await (const line of streamLines(path)) {
    json ??= isJsonLines(path, line);
    for (const item of lineItems(line, `${path}:${++number}`, json)) yield item;
  }
}

async function* streamLines(path: string): AsyncGenerator<string, void, undefined> {
  const file: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    const input = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file;
    for await (const chunk of input) {
      rest += utf8.decode(chunk as Uint8Array, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    rest += utf8.decode();
  } catch (error) {
    if (error instanceof TypeError)
      // of the decoder
      throw new AthanorError('bad-file', `${path} is not valid UTF-8`, {
        place: path,
        hint: 'Convert it, for example with iconv.',
      });
    throw ioError(error, path, 'read');
  }
  if (rest !== '') yield rest;
}

const isJsonLines = (path: string, first: string) => /\.jsonl(\.gz)?$/.test(path) || isObject(tryJson(first));

function lineItems(line: string, place: string, json: boolean): InputItem[] {
  if (!json) return [{ text: line, place }];
  if (line.trim() === '') return [];
  const value = tryJson(line);
  if (!isObject(value)) throw new AthanorError('bad-file', 'expected a JSON object', { place });
  if (isIds(value.ids)) return [{ ids: value.ids, place }];
  // What `tokenizer encode --json` prints: the ids of every text in one object.
  if (Array.isArray(value.ids) && value.ids.every(isIds))
    return value.ids.map((ids, i) => ({ ids, place: `${place}: ids[${i}]` }));
  if (typeof value.text === 'string') return [{ text: value.text, place }];
  throw new AthanorError('bad-input', 'expected `text` (a string) or `ids` (token ids)', { place });
}

function isIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0);
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

/** Asks at the terminal. @returns undefined where there is none */
export async function askYes(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|是|好)$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
