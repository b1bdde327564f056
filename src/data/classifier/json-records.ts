/** JSON Lines files as objects, for training: any bad line stops, naming file and line. */
import { AthanorError } from '../../core/index.ts';
import { badLineDetail, type FoundFile, readLines } from '../lines.ts';
import type { Example } from './examples.ts';

export interface JsonRecord {
  readonly value: Readonly<Record<string, unknown>>;
  /** `file:line`. */
  readonly place: string;
}

const maxLineBytes = 64 << 20;

/** @throws AthanorError('bad-file') */
export async function* jsonRecords(files: readonly FoundFile[]): AsyncGenerator<JsonRecord> {
  for (const { path, name } of files)
    for await (const lines of readLines(path, maxLineBytes))
      for (const { number, text, bad } of lines) {
        const place = `${name}:${number}`;
        const fail = (what: string, cause?: unknown) =>
          new AthanorError('bad-file', `${place}: ${what}`, { place, cause });
        if (text === undefined) throw fail(badLineDetail(bad ?? 'not-utf8', maxLineBytes));
        if (text.trim() === '') continue;
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch (error) {
          throw fail(`not valid JSON: ${(error as Error).message}`, error);
        }
        if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('expected a JSON object');
        yield { value: value as Record<string, unknown>, place };
      }
}

/** The lines of a text file. @throws AthanorError('bad-file') */
export async function* textLines({ path, name }: FoundFile): AsyncGenerator<string> {
  for await (const lines of readLines(path, maxLineBytes))
    for (const { number, text, bad } of lines) {
      if (text !== undefined) yield text;
      else {
        const place = `${name}:${number}`;
        throw new AthanorError('bad-file', `${place}: ${badLineDetail(bad ?? 'not-utf8', maxLineBytes)}`, { place });
      }
    }
}

/** A field of a record, or of its `meta` as our own exports have it. */
function fieldOf({ value }: JsonRecord, field: string): unknown {
  const own = value[field];
  const meta = value.meta;
  return own === undefined && typeof meta === 'object' && meta !== null
    ? (meta as Record<string, unknown>)[field]
    : own;
}

/** @throws AthanorError('bad-file') naming the line that has no such text */
export function textOf(record: JsonRecord, field: string): string {
  const text = fieldOf(record, field);
  if (typeof text === 'string') return text;
  throw new AthanorError('bad-file', `${record.place}: field '${field}' must be a string`, {
    place: record.place,
    hint: `Fields there: ${Object.keys(record.value).join(', ')}.`,
  });
}

/**
 * Labelled texts; numbers and booleans are labels too.
 * @param known the labels that a model has: another one stops
 * @throws AthanorError('bad-file') naming the line
 */
export async function* labelledExamples(
  files: readonly FoundFile[],
  { text, label }: { readonly text: string; readonly label: string },
  known?: readonly string[],
): AsyncGenerator<Example> {
  for await (const record of jsonRecords(files)) {
    const name = fieldOf(record, label);
    if (name === undefined || name === null || name === '' || typeof name === 'object')
      throw new AthanorError('bad-file', `${record.place}: field '${label}' must be a label`, {
        place: record.place,
        hint: `Fields there: ${Object.keys(record.value).join(', ')}.`,
      });
    if (known !== undefined && !known.includes(String(name)))
      throw new AthanorError('bad-file', `${record.place}: the model has no label '${String(name)}'`, {
        place: record.place,
        hint: `Its labels: ${known.join(', ')}.`,
      });
    yield { text: textOf(record, text), label: String(name) };
  }
}
