/** The records of one answer of an API, as JSON texts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { DuckDb } from '../duckdb/duckdb.ts';
import { isRecord } from '../records.ts';

export interface PageRecords {
  /** The whole answer, parsed; undefined where it is no JSON. */
  readonly body: unknown;
  readonly lines: string[];
}

/** @throws AthanorError('bad-file') where the answer is not of the format, or holds no records where they should lie */
export async function readRecords(
  text: string,
  { format, records }: { readonly format: 'json' | 'jsonl' | 'csv'; readonly records: string },
  place: string,
): Promise<PageRecords> {
  if (format === 'csv') return { body: undefined, lines: await csvLines(text, place) };
  if (format === 'jsonl') {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    return { body: undefined, lines: lines.map((line) => JSON.stringify(parse(line, place))) };
  }
  const body = parse(text, place);
  const path = records === '' ? [] : records.split('.');
  const found = path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), body);
  // A page of nothing may leave the list out.
  if (found === null || (found === undefined && isRecord(body))) {
    if (found === null || emptyPage(body)) return { body, lines: [] };
  }
  if (found === undefined) {
    const keys = isRecord(body) ? ` (keys: ${Object.keys(body).slice(0, 20).join(', ')})` : '';
    throw new AthanorError('bad-file', `${place}: nothing lies under '${records}'${keys}`, {
      place,
      hint: "Set 'records' to the path of the list, as in 'data.items'.",
    });
  }
  return { body, lines: (Array.isArray(found) ? found : [found]).map((record) => JSON.stringify(record)) };
}

function emptyPage(body: unknown): boolean {
  return isRecord(body) && Object.keys(body).length === 0;
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AthanorError('bad-file', `${place}: the answer is not JSON: ${(error as Error).message}`, {
      place,
      hint: "Check 'url' and 'format' on the source.",
      cause: error,
    });
  }
}

async function csvLines(text: string, place: string): Promise<string[]> {
  if (text.trim() === '') return [];
  const directory = mkdtempSync(join(tmpdir(), 'athanor-api-'));
  const duckdb = await DuckDb.open();
  try {
    const path = join(directory, 'page.csv');
    writeFileSync(path, text);
    const lines: string[] = [];
    const longest = Math.max(1 << 21, Buffer.byteLength(text));
    const sizes = `max_line_size = ${longest}, buffer_size = ${2 * longest}`;
    const sql = `SELECT * FROM read_csv(?, header = true, all_varchar = true, ${sizes})`;
    for await (const rows of duckdb.rows(sql, [path])) lines.push(...rows.map((row) => JSON.stringify(row)));
    return lines;
  } catch (error) {
    if (!(error instanceof AthanorError)) throw error;
    const what = error.message.split('\n')[0];
    throw new AthanorError('bad-file', `${place}: the answer is not CSV: ${what}`, { place, cause: error });
  } finally {
    duckdb.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
