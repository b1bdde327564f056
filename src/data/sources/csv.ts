/**
 * CSV and TSV files (RFC 4180 and its relatives), plain or gzip, read through DuckDB, which finds delimiter, quote and line ends by itself
 * (Döhmen et al., "Multi-hypothesis CSV parsing", SSDBM 2017). All values are text: numbers and dates keep their form; an
 * empty value is null. Rows that do not fit are bad input, with their line.
 *
 * Files in other charsets than UTF-8 are converted through a temporary file. A file is read on one core (a quoted value may
 * hold line ends, so only reading from the start tells where a row begins); convert large ones to Parquet.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ioError, openUnpacked } from '../../core/node.ts';
import type { Document } from '../document.ts';
import { DuckDb } from '../duckdb/duckdb.ts';
import { type FoundFile, fileInputs, findFiles } from '../lines.ts';
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
import { literalPath } from './parquet.ts';

const oneCharacter = z.string().length(1, { error: 'expected one character' });

const config = z.strictObject({
  path: pathField.describe('File, directory or glob of CSV or TSV files, or a list of them; `.gz` is unpacked'),
  ...recordFields,
  delimiter: oneCharacter.optional().describe('Between values; default: found by looking'),
  quote: oneCharacter.optional().describe('Around values; default: found by looking'),
  header: z.boolean().default(true).describe('The first row holds the names of the columns'),
  columns: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Names of the columns, in order; with `header` they replace those of the file'),
  charset: z
    .string()
    .default('utf-8')
    .describe(
      'Charset of the files, as in the WHATWG Encoding standard: `gb18030`, `big5`, `utf-16le`, `windows-1252`, …',
    ),
  max_row_bytes: z
    .int()
    .positive()
    .default(16 << 20)
    .describe('A longer row is bad input'),
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

export const csv = defineSource({
  name: 'csv',
  version: 1,
  config,
  inputs: fileInputs,
  units: ({ path }, { baseDir }) => findFiles(path, baseDir),
  read: (file: FoundFile, options, context: SourceContext) => readTable(file, options, context),
});

export async function* readTable(file: FoundFile, options: Options, context: SourceContext): AsyncGenerator<Document> {
  const decoder = decoderOf(options.charset);
  const directory = decoder.encoding === 'utf-8' ? undefined : mkdtempSync(join(tmpdir(), 'athanor-csv-'));
  const duckdb = await DuckDb.open({ memoryBytes: (512 << 20) + 4 * options.max_row_bytes });
  try {
    let { path } = file;
    if (directory !== undefined) {
      path = join(directory, 'table.csv');
      await convert(file.path, path, decoder);
    }
    yield* readRows(duckdb, { ...file, path }, options, context);
  } finally {
    duckdb.close();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function* readRows(
  duckdb: DuckDb,
  file: FoundFile,
  options: Options,
  context: SourceContext,
): AsyncGenerator<Document> {
  const settings = [
    `header = ${options.header}`,
    'all_varchar = true',
    'store_rejects = true',
    `max_line_size = ${options.max_row_bytes}`,
    `buffer_size = ${Math.max(1 << 25, 2 * options.max_row_bytes)}`,
  ];
  const parameters: string[] = [literalPath(file.path)];
  for (const [setting, value] of [
    ['delim', options.delimiter],
    ['quote', options.quote],
  ] as const) {
    if (value === undefined) continue;
    settings.push(`${setting} = ?`);
    parameters.push(value);
  }
  if (options.columns) {
    settings.push(`names = [${options.columns.map(() => '?').join(', ')}]`);
    parameters.push(...options.columns);
  }
  const sql = `SELECT * FROM read_csv(?, ${settings.join(', ')})`;
  let number = 0;
  try {
    for await (const batch of duckdb.rows(sql, parameters)) {
      for (const row of batch) {
        const result = recordToDocument(row, `${file.name}:${++number}`, options);
        if ('reason' in result) handleBadInput(result, options.on_error, context);
        else yield result;
      }
    }
  } catch (error) {
    if (!(error instanceof AthanorError) || error.place !== undefined || error.code !== 'bad-file') throw error;
    const why = error.message.split('\n')[0];
    if (options.on_error === 'drop')
      return context.reject({ place: file.name, reason: 'not-csv', detail: `cannot be read as CSV: ${why}` });
    throw new AthanorError('bad-file', `${file.name} cannot be read as CSV: ${why}`, {
      place: file.name,
      hint: "Say what it looks like: set 'delimiter', 'quote', 'header' or 'charset' on the source.",
      cause: error,
    });
  }
  for (const bad of await rejected(duckdb, file.name)) handleBadInput(bad, options.on_error, context);
}

/** What DuckDB left out, by line. */
async function rejected(duckdb: DuckDb, name: string): Promise<BadInput[]> {
  const bad: BadInput[] = [];
  const sql = `SELECT line, any_value(error_type) AS type, any_value(error_message) AS message, any_value(csv_line) AS raw
    FROM reject_errors GROUP BY line ORDER BY line`;
  for await (const rows of duckdb.rows(sql)) {
    for (const { line, type, message, raw } of rows) {
      bad.push({
        place: `${name}:${line}`,
        reason: String(type).toLowerCase().replaceAll(/[ _]+/g, '-'),
        detail: String(message).split('\n')[0]!,
        raw: Buffer.from(String(raw ?? '')),
        damaged: true,
      });
    }
  }
  return bad;
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    throw new AthanorError('bad-input', `charset: '${charset}' is not known`, {
      place: 'charset',
      hint: 'Use a name of the WHATWG Encoding standard, such as utf-8, gb18030, big5, utf-16le, windows-1252, shift_jis.',
    });
  }
}

async function convert(from: string, to: string, decoder: TextDecoder): Promise<void> {
  async function* decoded(): AsyncGenerator<string> {
    for await (const chunk of openUnpacked(from).chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  }
  try {
    await pipeline(Readable.from(decoded()), createWriteStream(to));
  } catch (error) {
    throw ioError(error, to, 'write');
  }
}
