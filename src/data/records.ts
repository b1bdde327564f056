/**
 * Documents out of records (objects of JSON, rows of tables): which fields are text, id and meta. A record without text but
 * with `messages: [{ role, content }, …]` (the chat form of OpenAI and Hugging Face) becomes a chat document whose text is
 * its contents. Our own exports (`{ id, text, meta }`) come back as they were.
 */
import { z } from 'zod';
import type { Document } from './document.ts';
import type { BadInput } from './source.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Config fields of every source of records. */
export const recordFields = {
  text: z
    .string()
    .default('text')
    .describe('Name of the field that holds the text; dots reach into nested objects, as in `data.body`'),
  id: z.string().default('id').describe('Name of the field that holds the id; without it the id is the place'),
  meta: z.array(z.string()).optional().describe('Fields to keep in meta; default: all others'),
};

export interface RecordOptions {
  readonly text: string;
  readonly id: string;
  readonly meta?: readonly string[] | undefined;
}

const messages = z.array(z.looseObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1);

/** @param place also the id where the record has none */
export function recordToDocument(record: unknown, place: string, options: RecordOptions): Document | BadInput {
  if (!isRecord(record)) {
    return bad(record, place, 'not-an-object', `expected an object, found ${show(record)}`);
  }
  const found = valueAt(record, options.text);
  let text = found;
  if ((text === undefined || text === null) && record.messages !== undefined) {
    const chat = messages.safeParse(record.messages);
    if (!chat.success) {
      const expected = "'messages' must be a list of { role: system|user|assistant, content: string }";
      return bad(record, place, 'bad-messages', expected);
    }
    text = chat.data.map(({ content }) => content).join('\n');
  }
  if (typeof text !== 'string') return noText(record, place, options.text, found);
  const id = valueAt(record, options.id);
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : place,
    text,
    meta: metaOf(record, options),
  };
}

function metaOf(record: JsonRecord, options: RecordOptions): JsonRecord {
  if (options.meta) {
    const kept = options.meta.map((key) => [key, valueAt(record, key)] as const);
    return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
  }
  const { [options.text]: _text, [options.id]: _id, ...rest } = record;
  const { meta, ...others } = rest;
  return isRecord(meta) ? { ...meta, ...others } : rest;
}

/** A field by its name, or by a path with dots where there is no such name. */
export function valueAt(record: JsonRecord, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  if (!path.includes('.')) return undefined;
  let value: unknown = record;
  for (const key of path.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A missing field means a wrong setting; an empty one is a gap in the data. */
function noText(record: JsonRecord, place: string, field: string, found: unknown): BadInput {
  const what = found === undefined ? `nothing (fields: ${Object.keys(record).slice(0, 20).join(', ')})` : show(found);
  const input = bad(record, place, 'no-text', `field '${field}' must be a string, found ${what}`);
  return found === null ? { ...input, damaged: true } : input;
}

function bad(record: unknown, place: string, reason: string, detail: string): BadInput {
  return { place, reason, detail, raw: Buffer.from(show(record, 1 << 16)) };
}

function show(value: unknown, length = 80): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, length);
}
