/**
 * Rows of an SQL query over local tables (CSV, TSV, JSON, JSON Lines, Parquet; plain or gzip), by DuckDB (Raasveldt & Mühleisen, SIGMOD 2019):
 * joins, choices and groupings before the first step. Its dialect: https://duckdb.org/docs/sql/introduction. The query sees the tables
 * that it is given and no other file. Values of CSV are text: `score::DOUBLE > 3`. `random()` and samples are seeded: the
 * same tables give the same rows; `now()` is the one exception.
 *
 * The rows are kept in `<workspace>/cache/sql/` and made anew when a table or the query changes. Runs on one core, in 512 MB; what
 * does not fit goes to the disk.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { hashValue, readJson, writeJson } from '../../core/node.ts';
import { DuckDb, duckDbError, sqlName, sqlString } from '../duckdb/duckdb.ts';
import { writeJsonl } from '../formats/jsonl.ts';
import { describeFiles, type FoundFile, findFiles, type LineBlock, readLineBlocks } from '../lines.ts';
import { recordFields } from '../records.ts';
import {
  commonSourceFields,
  defineSource,
  type InputContext,
  type InputFile,
  onErrorField,
  pathField,
} from '../source.ts';
import { readJsonLines } from './jsonl.ts';
import { literalPath } from './parquet.ts';

const config = z.strictObject({
  tables: z
    .record(z.string(), pathField)
    .refine((tables) => Object.keys(tables).length > 0, { error: 'expected one table or more' })
    .describe('Name → files (path, directory, glob, or a list): `{ pages: pages.parquet, sites: "sites/*.csv" }`'),
  query: z.string().min(1).describe('One SELECT over the tables; ORDER BY it where the order matters'),
  ...recordFields,
  on_error: onErrorField,
  ...commonSourceFields,
});
type Options = z.output<typeof config>;

/** How tables are read, by the end of their files' names. Objects of JSON as long as a line of `jsonl` may be. */
const readers: readonly (readonly [RegExp, (files: string) => string])[] = [
  [/\.parquet$/i, (files) => `read_parquet(${files}, union_by_name = true)`],
  [/\.[ct]sv(\.gz)?$/i, (files) => `read_csv(${files}, header = true, all_varchar = true, union_by_name = true)`],
  [
    /\.(json|jsonl|ndjson)(\.gz)?$/i,
    (files) => `read_json(${files}, sample_size = -1, maximum_object_size = ${MAX_ROW_BYTES}, union_by_name = true)`,
  ],
];

const MAX_ROW_BYTES = 64 << 20;
/** A row as JSON may be longer than what it was made of. */
const MAX_LINE_BYTES = 4 * MAX_ROW_BYTES;

/** What the rows in the cache were made of. */
interface Made {
  readonly files: readonly InputFile[];
}

export const sql = defineSource({
  name: 'sql',
  version: 1,
  config,
  fetch: runQuery,
  inputs: (options, { workspace }) => ({
    files: (readJson(placeOf(options, workspace.root).made) as Made).files,
    parents: [],
  }),
  units: (options, { workspace }) => readLineBlocks(placeOf(options, workspace.root).rows, MAX_LINE_BYTES),
  read: (block: LineBlock, options, context) =>
    readJsonLines(block, nameOf(options), { ...options, max_line_bytes: MAX_LINE_BYTES }, context),
});

/** Of the rows, for ids and messages: those of two queries differ. */
const nameOf = ({ tables, query }: Options): string => `sql-${hashValue({ tables, query }).slice(0, 16)}`;

function placeOf(options: Options, root: string): { readonly rows: string; readonly made: string } {
  const place = join(root, 'cache', 'sql', nameOf(options));
  return { rows: `${place}.jsonl`, made: `${place}.json` };
}

async function runQuery(options: Options, { baseDir, workspace, report, signal }: InputContext): Promise<void> {
  const tables = Object.entries(options.tables).map(([name, path]) => ({ name, files: findFiles(path, baseDir) }));
  const files = describeFiles(tables.flatMap((table) => table.files));
  const { rows, made } = placeOf(options, workspace.root);
  if (existsSync(made) && existsSync(rows) && hashValue((readJson(made) as Made).files) === hashValue(files)) return;
  rmSync(made, { force: true }); // killed from here on, it is all done again
  const duckdb = await DuckDb.open();
  const stop = () => duckdb.native.interrupt();
  signal?.addEventListener('abort', stop);
  try {
    for (const { name, files } of tables) await makeTable(duckdb, name, files);
    await shutOut(
      duckdb,
      tables.flatMap((table) => table.files),
    );
    await mustGiveText(duckdb, options);
    async function* found(): AsyncGenerator<unknown> {
      let done = 0;
      for await (const batch of duckdb.rows(options.query, [], true)) {
        signal?.throwIfAborted();
        yield* batch;
        done += batch.length;
        report({ type: 'progress', stage: 'query', done, unit: 'documents' });
      }
    }
    await writeJsonl(rows, found());
  } catch (error) {
    if (signal?.aborted) throw new AthanorError('cancelled', 'the query was stopped', { cause: error });
    throw queryError(error, Object.keys(options.tables));
  } finally {
    signal?.removeEventListener('abort', stop);
    duckdb.close();
  }
  writeJson(made, { files } satisfies Made);
}

async function makeTable(duckdb: DuckDb, name: string, files: readonly FoundFile[]): Promise<void> {
  const forms = new Set(files.map((file) => readers.find(([end]) => end.test(file.name))));
  const [form] = forms;
  if (form === undefined || forms.size > 1) {
    const odd = files.find((file) => forms.size > 1 || !readers.some(([end]) => end.test(file.name)))!;
    throw new AthanorError('bad-input', `table '${name}' cannot be read: ${odd.name} is of another kind`, {
      place: 'tables',
      hint: 'A table is made of files of one kind: .parquet, .csv, .tsv, .json, .jsonl, .ndjson; all but Parquet also with .gz.',
      values: { table: name, files: files.map((file) => file.name) },
    });
  }
  const list = `[${files.map(({ path }) => sqlString(literalPath(path))).join(', ')}]`;
  try {
    await duckdb.run(`CREATE VIEW ${sqlName(name)} AS SELECT * FROM ${form[1](list)}`);
  } catch (error) {
    if (!(error instanceof AthanorError)) throw error;
    throw new AthanorError('bad-file', `table '${name}' cannot be read: ${error.message.split('\n')[0]}`, {
      place: files.map((file) => file.name).join(', '),
      cause: error,
    });
  }
}

/** Nothing but the tables' files can be read from here on, nothing written, and no setting changed. */
async function shutOut(duckdb: DuckDb, files: readonly FoundFile[]): Promise<void> {
  const paths = files.flatMap(({ path }) => [path, literalPath(path)]).map(sqlString);
  await duckdb.run('SELECT setseed(0.5)');
  await duckdb.run(`SET allowed_paths = [${paths.join(', ')}]`);
  await duckdb.run('SET enable_external_access = false');
  await duckdb.run('SET lock_configuration = true');
}

/** Before it runs: the query may take hours. */
async function mustGiveText(duckdb: DuckDb, { query, text }: Options): Promise<void> {
  const statements = await duckdb.native.extractStatements(query);
  const { StatementType } = await import('@duckdb/node-api');
  if (statements.count !== 1) throw notSelect(`the query must be one SELECT, found ${statements.count} statements`);
  const prepared = await statements.prepare(0);
  const { statementType } = prepared;
  if (statementType !== StatementType.SELECT)
    throw notSelect(`the query must be a SELECT, found ${StatementType[statementType]}`);
  const columns = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnName(i));
  if (![text, text.split('.')[0]!, 'messages'].some((name) => columns.includes(name)))
    throw new AthanorError('bad-input', `the query gives no column '${text}'`, {
      place: 'query',
      hint: `Set 'text' to one of its columns: ${columns.join(', ')}.`,
      values: { column: text, columns },
    });
}

const notSelect = (message: string): AthanorError =>
  new AthanorError('bad-input', message, { place: 'query', hint: 'Use WITH for what comes before it.' });

/** What DuckDB says of a query is about the recipe, unless the disk or the memory is full. */
function queryError(error: unknown, tables: readonly string[]): unknown {
  const known = duckDbError(error);
  if (!(known instanceof AthanorError) || known.code !== 'bad-file' || known.place !== undefined) return known;
  return new AthanorError('bad-input', `query: ${known.message.split('\n')[0]}`, {
    place: 'query',
    hint: `Tables: ${tables.join(', ')}. The dialect is DuckDB's; other files cannot be read.`,
    cause: known,
  });
}
