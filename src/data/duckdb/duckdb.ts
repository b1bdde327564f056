/**
 * DuckDB in memory, for files of tables: Parquet and CSV. One thread (documents are read on many threads already),
 * bounded memory, no extension is ever loaded from the network. Rows come as plain JSON values.
 */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValueConverter, Json } from '@duckdb/node-api';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = string | number | boolean | null;

export interface DuckDbOptions {
  /** What DuckDB may take before it writes to a temporary directory. Default: 512 MB. */
  readonly memoryBytes?: number;
  readonly threads?: number;
}

export class DuckDb {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly convert: (binary: boolean) => DuckDBValueConverter<Json>;
  private readonly directory: string;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    convert: (binary: boolean) => DuckDBValueConverter<Json>,
    directory: string,
  ) {
    this.instance = instance;
    this.connection = connection;
    this.convert = convert;
    this.directory = directory;
  }

  /** About 20 ms. To be closed. */
  static async open({ memoryBytes = 512 << 20, threads = 1 }: DuckDbOptions = {}): Promise<DuckDb> {
    const api = await import('@duckdb/node-api');
    const directory = await mkdtemp(join(tmpdir(), 'athanor-duckdb-')).catch((error: unknown) => {
      throw ioError(error, tmpdir(), 'write');
    });
    const instance = await api.DuckDBInstance.create(':memory:', {
      threads: String(threads),
      memory_limit: `${Math.ceil(memoryBytes / 1e6)}MB`,
      temp_directory: directory,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new DuckDb(instance, await instance.connect(), jsonConverter(api), directory);
  }

  /**
   * The rows of a query, in batches; holds a batch.
   * @param binary BLOB values as base64; else as null
   * @throws AthanorError('bad-file') with DuckDB's words
   */
  async *rows(sql: string, parameters: readonly Parameter[] = [], binary = false): AsyncGenerator<Row[]> {
    try {
      const result = await this.connection.stream(sql, [...parameters]);
      // Values of DuckDB's JSON type are text.
      const json = result.deduplicatedColumnNames().filter((_, i) => result.columnLogicalType(i).alias === 'JSON');
      for await (const rows of result.yieldConvertedRowObjects(this.convert(binary)) as AsyncIterable<Row[]>)
        yield json.length === 0 ? rows : rows.map((row) => withParsed(row, json));
    } catch (error) {
      throw duckDbError(error);
    }
  }

  async run(sql: string, parameters: readonly Parameter[] = []): Promise<void> {
    try {
      await this.connection.run(sql, [...parameters]);
    } catch (error) {
      throw duckDbError(error);
    }
  }

  /** Rows put in from here. @param fill gives one value a column, in order; values are VARCHAR, lists of BIGINT, … */
  get native(): DuckDBConnection {
    return this.connection;
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A string as SQL, where a parameter cannot stand. */
export function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A column's name as SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** DuckDB's error in our form; others as they are. */
export function duckDbError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AthanorError) return error;
  const text = error.message.split('\n\nLINE ')[0]!.trim();
  const [kind, ...rest] = text.split(' Error: ');
  const full = kind === 'IO' && /No space left/i.test(text);
  const code = full ? 'io' : kind === 'Out of Memory' ? 'overloaded' : 'bad-file';
  return new AthanorError(code, rest.length > 0 ? rest.join(' Error: ') : text, { cause: error, values: { kind } });
}

/** Whole numbers stay numbers where a double holds them; maps with text keys become objects. */
function jsonConverter(api: typeof import('@duckdb/node-api')): (binary: boolean) => DuckDBValueConverter<Json> {
  const { JsonDuckDBValueConverter, DuckDBTypeId: Type, DuckDBMapValue, DuckDBBlobValue } = api;
  const wholeNumbers = new Set<number>([Type.BIGINT, Type.UBIGINT, Type.HUGEINT, Type.UHUGEINT]);
  return (binary) => {
    const convert: DuckDBValueConverter<Json> = (value, type: DuckDBType, self) => {
      if (value === null) return null;
      if (wholeNumbers.has(type.typeId) && typeof value === 'bigint') {
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : String(value);
      }
      if (value instanceof DuckDBBlobValue) return binary ? Buffer.from(value.bytes).toString('base64') : null;
      if (value instanceof DuckDBMapValue && type.typeId === Type.MAP) {
        const { keyType, valueType } = type as import('@duckdb/node-api').DuckDBMapType;
        if (keyType.typeId === Type.VARCHAR) {
          return Object.fromEntries(
            value.entries.map(({ key, value: item }) => [String(key), self(item, valueType, self)]),
          );
        }
      }
      return JsonDuckDBValueConverter(value, type, self);
    };
    return convert;
  };
}

function withParsed(row: Row, names: readonly string[]): Row {
  const values = names.map((name) => {
    const value = row[name];
    if (typeof value !== 'string') return [name, value] as const;
    try {
      return [name, JSON.parse(value) as unknown] as const;
    } catch {
      return [name, value] as const;
    }
  });
  return { ...row, ...Object.fromEntries(values) };
}
