/**
 * Parquet files (Apache Parquet, as Hugging Face, Spark and pandas write them), read through DuckDB: only the columns that are wanted,
 * some row groups at a time, on all cores. Nested values become plain JSON; whole numbers beyond 2^53 become strings;
 * binary columns (images) are left out unless `meta` names them, then they are base64.
 *
 * Costs a row group's memory. A file of one huge row group is read on one core; write such files with smaller ones.
 */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import type { Document } from '../document.ts';
import { DuckDb, sqlName } from '../duckdb/duckdb.ts';
import { type FoundFile, fileInputs, findFiles } from '../lines.ts';
import { type RecordOptions, recordFields, recordToDocument } from '../records.ts';
import {
  commonSourceFields,
  defineSource,
  handleBadInput,
  type OnError,
  onErrorField,
  pathField,
  type SourceContext,
} from '../source.ts';

/** Rows of a file, from `first` on. */
export interface RowRange {
  readonly file: FoundFile;
  readonly first: number;
  readonly rows: number;
}

export const unitBytesField = z
  .int()
  .positive()
  .default(16 << 20)
  .describe('About how much one thread reads at a time, unpacked; row groups are never cut');

const config = z.strictObject({
  path: pathField.describe('File, directory or glob of Parquet files, or a list of them'),
  ...recordFields,
  unit_bytes: unitBytesField,
  on_error: onErrorField,
  ...commonSourceFields,
});

export const parquet = defineSource({
  name: 'parquet',
  version: 1,
  config,
  inputs: fileInputs,
  units: ({ path, unit_bytes }, { baseDir }) => parquetRanges(findFiles(path, baseDir), unit_bytes),
  read: (unit, options, context: SourceContext) => readParquetRange(unit, options, context),
});

/** Files as ranges of whole row groups. @throws AthanorError('bad-file') naming a file that is no Parquet */
export async function* parquetRanges(files: readonly FoundFile[], unitBytes: number): AsyncGenerator<RowRange> {
  const duckdb = await DuckDb.open();
  let at: FoundFile | undefined;
  try {
    for (const file of files) {
      at = file;
      let [first, rows, bytes] = [0, 0, 0];
      const sql = `SELECT row_group_id, any_value(row_group_num_rows) AS n, sum(total_uncompressed_size) AS bytes
        FROM parquet_metadata(?) GROUP BY row_group_id ORDER BY row_group_id`;
      for await (const groups of duckdb.rows(sql, [literalPath(file.path)])) {
        for (const group of groups) {
          if (rows > 0 && bytes + Number(group.bytes) > unitBytes) {
            yield { file, first, rows };
            [first, rows, bytes] = [first + rows, 0, 0];
          }
          rows += Number(group.n);
          bytes += Number(group.bytes);
        }
      }
      if (rows > 0) yield { file, first, rows };
    }
  } catch (error) {
    throw at !== undefined && error instanceof AthanorError && error.place === undefined ? named(error, at) : error;
  } finally {
    duckdb.close();
  }
}

export async function* readParquetRange(
  { file, first, rows }: RowRange,
  options: RecordOptions & { readonly on_error: OnError },
  context: SourceContext,
): AsyncGenerator<Document> {
  const duckdb = await DuckDb.open();
  try {
    const columns = await columnsOf(duckdb, file);
    const wanted = chooseColumns(columns, options, file);
    const sql = `SELECT ${wanted.join(', ')} FROM read_parquet(?, file_row_number = true)
      WHERE file_row_number >= ? AND file_row_number < ?`;
    const parameters = [literalPath(file.path), first, first + rows];
    let number = first;
    for await (const batch of duckdb.rows(sql, parameters, options.meta !== undefined)) {
      for (const row of batch) {
        const result = recordToDocument(row, `${file.name}:${++number}`, options);
        if ('reason' in result) handleBadInput(result, options.on_error, context);
        else yield result;
      }
    }
  } catch (error) {
    if (error instanceof AthanorError && error.place === undefined) throw named(error, file);
    throw error;
  } finally {
    duckdb.close();
  }
}

function named(error: AthanorError, file: FoundFile): AthanorError {
  return new AthanorError(error.code, `${file.name}: ${error.message}`, { place: file.name, cause: error });
}

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(duckdb: DuckDb, file: FoundFile): Promise<Column[]> {
  const columns: Column[] = [];
  for await (const rows of duckdb.rows('DESCRIBE SELECT * FROM read_parquet(?)', [literalPath(file.path)]))
    columns.push(...rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) })));
  return columns;
}

/** The columns that are read, as SQL. @throws AthanorError('bad-input') where the text is not among them */
function chooseColumns(columns: readonly Column[], options: RecordOptions, file: FoundFile): string[] {
  const top = (path: string) => (columns.some(({ name }) => name === path) ? path : path.split('.')[0]!);
  const [text, id] = [top(options.text), top(options.id)];
  const names = columns.map(({ name }) => name);
  if (!names.includes(text) && !names.includes('messages')) {
    throw new AthanorError('bad-input', `${file.name} has no column '${text}'`, {
      place: file.name,
      hint: `Set 'text' to one of its columns: ${names.join(', ')}.`,
      values: { column: text, columns: names },
    });
  }
  const kept = options.meta?.map(top);
  return columns
    .filter(({ name, type }) => {
      if (name === text || name === id || name === 'messages') return true;
      return kept ? kept.includes(name) : type !== 'BLOB';
    })
    .map(({ name, type }) => {
      // Some writers leave out that a column of bytes is text.
      const column = sqlName(name);
      return name === text && type === 'BLOB' ? `decode(${column}) AS ${column}` : column;
    });
}

/** DuckDB takes a path for a glob. */
export function literalPath(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}
