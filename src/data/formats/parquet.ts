/**
 * Parquet files through DuckDB: of documents (`id`, `text`, `split`, `meta` as JSON) and of token examples (`input_ids`, `attention_mask`
 * as lists of int64). zstd-packed, the same bytes for the same input. Rows gather in a DuckDB table, which goes to a
 * temporary directory beyond `memoryBytes`.
 */
import { renameSync, rmSync } from 'node:fs';
import type { DuckDBAppender } from '@duckdb/node-api';
import type { Document } from '../document.ts';
import { DuckDb, sqlString } from '../duckdb/duckdb.ts';
import { writeAside } from './atomic-file.ts';
import type { Example } from './tfrecord.ts';

export interface ParquetOptions {
  /** Default: 256 MB. */
  readonly memoryBytes?: number;
}

/** DuckDB's vectors; row groups are whole numbers of them. */
const VECTOR = 2048;
const GROUP_BYTES = 32 << 20;

/** @returns how many rows were written */
export function writeParquet(
  path: string,
  documents: AsyncIterable<Document>,
  options: ParquetOptions = {},
): Promise<number> {
  const columns = 'id VARCHAR, text VARCHAR, split VARCHAR, meta JSON';
  return writeTable(path, columns, documents, options, (appender, { id, text, split, meta }) => {
    const json = JSON.stringify(meta);
    appender.appendVarchar(id);
    appender.appendVarchar(text);
    if (split === undefined) appender.appendNull();
    else appender.appendVarchar(split);
    appender.appendVarchar(json);
    return id.length + text.length + json.length;
  });
}

/** @returns how many rows were written */
export async function writeParquetExamples(
  path: string,
  examples: AsyncIterable<Example>,
  options: ParquetOptions = {},
): Promise<number> {
  const { DuckDBListValue, LIST, BIGINT } = await import('@duckdb/node-api');
  const list = (values: ArrayLike<number>) => new DuckDBListValue(Array.from(values, (value) => BigInt(value)));
  const columns = 'input_ids BIGINT[], attention_mask BIGINT[]';
  return writeTable(path, columns, examples, options, (appender, { input_ids, attention_mask }) => {
    const mask = attention_mask ?? new Uint8Array(input_ids.length).fill(1);
    appender.appendList(list(input_ids), LIST(BIGINT));
    appender.appendList(list(mask), LIST(BIGINT));
    return 16 * input_ids.length;
  });
}

/** @param append puts one row in, and tells about how long it is */
async function writeTable<Item>(
  path: string,
  columns: string,
  items: AsyncIterable<Item>,
  { memoryBytes = 256 << 20 }: ParquetOptions,
  append: (appender: DuckDBAppender, item: Item) => number,
): Promise<number> {
  let rows = 0;
  await writeAside(path, async (temp) => {
    const duckdb = await DuckDb.open({ memoryBytes });
    try {
      await duckdb.run(`CREATE TABLE rows (${columns})`);
      const appender = await duckdb.native.createAppender('rows');
      let bytes = 0;
      let waiting = 0;
      for await (const item of items) {
        const length = append(appender, item);
        appender.endRow();
        rows++;
        bytes += length;
        waiting += length;
        // The appender itself holds up to 204,800 rows, of whatever length.
        if (waiting > 8 << 20) {
          appender.flushSync();
          waiting = 0;
        }
      }
      appender.closeSync();
      const fitting = Math.floor((GROUP_BYTES * rows) / Math.max(1, bytes) / VECTOR);
      const group = VECTOR * Math.min(60, Math.max(1, fitting));
      const settings = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${group}`;
      // DuckDB goes by the name's ending for nothing here, but writes beside it first.
      await duckdb.run(`COPY rows TO ${sqlString(`${temp}.rows`)} (${settings})`);
      renameSync(`${temp}.rows`, temp);
    } finally {
      duckdb.close();
      rmSync(`${temp}.rows`, { force: true });
    }
  });
  return rows;
}
