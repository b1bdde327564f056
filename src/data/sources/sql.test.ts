/** Joins of real tables in both languages, what a query may not do, and what happens when a table changes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { writeParquet } from '../formats/parquet.ts';
import { readSource } from '../testing/read-source.ts';
import { sql } from './sql.ts';

interface Poem {
  readonly title: string;
  readonly author: string;
  readonly text: string;
}

let directory: string;
let poems: readonly Poem[];
const verses = readFileSync('examples/shakespeare/data/input.txt', 'utf8').split('\n\n').slice(0, 200);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-sql-'));
  poems = gunzipSync(readFileSync('examples/poet/data/quatrains.jsonl.gz'))
    .toString()
    .split('\n')
    .slice(0, 500)
    .map((line) => JSON.parse(line) as Poem);
  mkdirSync(join(directory, 'tables [1]'));
  const authors = [...new Set(poems.map(({ author }) => author))];
  writeFileSync(
    join(directory, 'tables [1]/authors.csv'),
    `author,number\n${authors.map((author, i) => `${author},${String(i).padStart(4, '0')}`).join('\n')}\n`,
  );
  writeFileSync(
    join(directory, 'poems.jsonl.gz'),
    gzipSync(poems.map((poem, i) => JSON.stringify({ key: `p${i}`, ...poem })).join('\n')),
  );
  async function* plays() {
    for (const [i, text] of verses.entries()) yield { id: `v${i}`, text, meta: { speaker: text.split(':')[0]! } };
  }
  await writeParquet(join(directory, 'plays.parquet'), plays());
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const tables = { poems: 'poems.jsonl.gz', authors: 'tables [1]/*.csv', plays: 'plays.parquet' };
let spaces = 0;
const fresh = () => join(directory, `workspace-${spaces++}`);
const read = (query: string, more: Record<string, unknown> = {}, workspace = fresh()) =>
  readSource(sql, { tables, query, ...more }, { baseDir: directory, workspace });

async function failure(query: string, more: Record<string, unknown> = {}): Promise<AthanorError> {
  const workspace = fresh();
  const error = await read(query, more, workspace).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AthanorError);
  const cache = join(workspace, 'cache/sql');
  expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
  return error as AthanorError;
}

describe('sql', () => {
  it('joins tables of three kinds, Chinese and English', async () => {
    const { documents, bad, files } = await read(
      `SELECT key AS id, text, author, number FROM poems JOIN authors USING (author)
       UNION ALL SELECT id, text, meta->>'speaker', NULL FROM plays ORDER BY id`,
    );
    expect(bad).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(['poems.jsonl.gz', 'tables [1]/authors.csv', 'plays.parquet']);
    expect(documents).toHaveLength(poems.length + verses.length);
    const authors = [...new Set(poems.map(({ author }) => author))];
    const expected = poems.map(({ text, author }, i) => ({
      id: `p${i}`,
      text,
      meta: { author, number: String(authors.indexOf(author)).padStart(4, '0') },
    }));
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(documents.filter(({ id }) => id.startsWith('p'))).toEqual(expected.sort(byId));
    const plays = verses.map((text, i) => ({ id: `v${i}`, text, meta: { author: text.split(':')[0], number: null } }));
    expect(documents.filter(({ id }) => id.startsWith('v'))).toEqual(plays.sort(byId));
  });

  it('gives nested values as they are', async () => {
    const { documents } = await read(
      "SELECT id, text, meta, [1, 2] AS list, {a: DATE '2026-01-31'} AS o FROM plays LIMIT 2",
    );
    expect(documents[1]!.meta).toEqual({ speaker: verses[1]!.split(':')[0], list: [1, 2], o: { a: '2026-01-31' } });
  });

  it('gives the same rows each time, also by chance', async () => {
    const query = 'SELECT key, text FROM (FROM poems WHERE random() < 0.3) USING SAMPLE 50';
    const first = await read(query, { id: 'key' });
    expect(first.documents).toHaveLength(50);
    expect((await read(query, { id: 'key' })).documents).toEqual(first.documents);
  });

  it('asks again only when a table has changed', async () => {
    const workspace = fresh();
    writeFileSync(join(directory, 'changing.csv'), 'text\none\n');
    const ask = () => read('FROM t', { tables: { t: 'changing.csv' } }, workspace);
    expect((await ask()).documents.map(({ text }) => text)).toEqual(['one']);
    const [rows] = readdirSync(join(workspace, 'cache/sql')).filter((name) => name.endsWith('.jsonl'));
    writeFileSync(join(workspace, 'cache/sql', rows!), '{"text":"from the cache"}\n');
    expect((await ask()).documents.map(({ text }) => text)).toEqual(['from the cache']);
    writeFileSync(join(directory, 'changing.csv'), 'text\none\n两个\n');
    const again = await ask();
    expect(again.documents.map(({ text }) => text)).toEqual(['one', '两个']);
    expect(again.documents[1]!.id).toMatch(/^sql-[0-9a-f]{16}:2$/);
  });

  it.each([
    ['SELECT nope FROM poems', /^query: .*"nope" not found/],
    ['SELEC text FROM poems', /^query: syntax error/],
    ['SELECT * FROM nowhere', /^query: .*nowhere does not exist/],
    ['SELECT text FROM poems; SELECT 1', /one SELECT, found 2 statements/],
    ['DROP VIEW poems', /must be a SELECT, found DROP/],
    ["COPY poems TO 'stolen.csv'", /query/],
    ["SELECT content AS text FROM read_text('/etc/hostname')", /disabled by configuration/],
    ["SELECT * FROM '/etc/hostname'", /^query: /],
    ["SELECT * FROM read_csv('https://example.org/x.csv')", /^query: /],
    ['SELECT text::INT AS text FROM poems', /^query: Could not convert/],
    ['SELECT text FROM poems WHERE author > 3', /explicit cast/],
    ['SELECT author FROM poems', /^the query gives no column 'text'$/],
  ])('%s: refused, and nothing kept', async (query, message) => {
    const error = await failure(query);
    expect(error).toMatchObject({ code: 'bad-input', place: 'query' });
    expect(error.message).toMatch(message);
    expect(readdirSync(directory)).not.toContain('stolen.csv');
  });

  it('says which table it cannot read, and why', async () => {
    writeFileSync(join(directory, 'notes.txt'), 'text');
    writeFileSync(join(directory, 'broken.parquet'), 'PAR1 no more');
    const of = async (path: string | string[]) => (await failure('FROM t', { tables: { t: path } })).message;
    expect(await of('notes.txt')).toBe("table 't' cannot be read: notes.txt is of another kind");
    expect(await of(['plays.parquet', 'poems.jsonl.gz'])).toMatch(/of another kind/);
    expect(await of('broken.parquet')).toMatch(/^table 't' cannot be read: .*broken\.parquet/);
    expect(await of('missing.csv')).toMatch(/no file matches 'missing.csv'/);
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const query = 'SELECT max(a.text || b.text || c.text) AS text FROM poems a, poems b, poems c';
    const options = { baseDir: directory, workspace: fresh(), signal: stop.signal };
    await expect(readSource(sql, { tables, query }, options)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
