/**
 * JSON files, plain or gzip (RFC 8259): an array of objects, an object that holds one under a path of keys (`data.items`), or objects one
 * after the other. Each object is a document, as in `jsonl`. Held in memory is one object, whatever the file's size; a
 * file is read on one core.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { openUnpacked } from '../../core/node.ts';
import type { Document } from '../document.ts';
import { jsonValues } from '../json-values.ts';
import { type FoundFile, fileInputs, findFiles, groupFiles } from '../lines.ts';
import { recordFields, recordToDocument } from '../records.ts';
import {
  type BadInput,
  commonSourceFields,
  defineSource,
  handleBadInput,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';

const config = z.strictObject({
  path: pathField.describe('File, directory or glob of JSON files, or a list of them; `.gz` is unpacked'),
  records: z
    .string()
    .default('')
    .describe('Where the objects lie: keys with dots between, as in `data.items`; empty: the outermost array'),
  ...recordFields,
  max_record_bytes: z
    .int()
    .positive()
    .default(256 << 20)
    .describe('A longer object is bad input, and what follows it in the file is not read'),
  on_error: onErrorField,
  ...commonSourceFields,
});
export type JsonOptions = z.output<typeof config>;

export const json = defineSource({
  name: 'json',
  version: 1,
  config,
  inputs: fileInputs,
  units: ({ path }, { baseDir }) => groupFiles(findFiles(path, baseDir)),
  async *read(files: readonly FoundFile[], options, context: SourceContext): AsyncGenerator<Document> {
    for (const { path, name } of files) yield* readJsonRecords(openUnpacked(path).chunks, name, options, context);
  },
});

/** The documents of one JSON text. @param name of the file, for ids and reports */
export async function* readJsonRecords(
  chunks: AsyncIterable<Buffer>,
  name: string,
  options: Omit<JsonOptions, 'path'>,
  context: SourceContext,
): AsyncGenerator<Document> {
  const path = options.records === '' ? [] : options.records.split('.');
  let number = 0;
  try {
    for await (const value of jsonValues(chunks, path, options.max_record_bytes)) {
      const result = parseRecord(value, `${name}:${++number}`, options);
      if ('reason' in result) handleBadInput(result, options.on_error, context);
      else yield result;
    }
  } catch (error) {
    if (!(error instanceof AthanorError) || typeof error.values.reason !== 'string' || error.place) throw error;
    const bad = { place: `${name}:${number + 1}`, reason: error.values.reason, detail: error.message };
    handleBadInput(bad, options.on_error, context);
  }
  if (number === 0 && path.length > 0) {
    const detail = `nothing lies under '${options.records}' (records)`;
    handleBadInput({ place: name, reason: 'no-records', detail }, options.on_error, context);
  }
}

function parseRecord(value: Buffer, place: string, options: Omit<JsonOptions, 'path'>): Document | BadInput {
  if (!isUtf8(value)) {
    return {
      place,
      reason: 'not-utf8',
      detail: 'the object is not valid UTF-8',
      raw: Buffer.from(value),
      damaged: true,
    };
  }
  let record: unknown;
  try {
    record = JSON.parse(value.toString());
  } catch (error) {
    const detail = `not valid JSON: ${(error as Error).message}`;
    return { place, reason: 'malformed-json', detail, raw: Buffer.from(value.subarray(0, 1 << 16)) };
  }
  return recordToDocument(record, place, options);
}
