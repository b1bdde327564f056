import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuckDb, sqlName, sqlString } from '../duckdb/duckdb.ts';
import { readSource } from '../testing/read-source.ts';
import { csv } from './csv.ts';
import { parquet } from './parquet.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-tables-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function table(content: string | Uint8Array, config: Record<string, unknown> = {}, name = 'table.csv') {
  writeFileSync(join(directory, name), content);
  return readSource(csv, { path: name, ...config }, { baseDir: directory });
}

describe('csv', () => {
  it('reads quotes, line ends in values, doubled quotes, and finds the delimiter', async () => {
    for (const delimiter of [',', ';', '\t', '|']) {
      const rows = [
        ['id', 'text', 'lang', 'n'],
        ['a', '"He said ""hi"",\nthen left"', 'en', '007'],
        ['b', '床前明月光，疑是地上霜。', 'zh', ''],
        ['c', '"  spaces stay  "', 'en', '1e3'],
      ];
      const { documents, bad } = await table(rows.map((row) => row.join(delimiter)).join('\r\n'));
      expect(bad).toEqual([]);
      expect(documents).toEqual([
        { id: 'a', text: 'He said "hi",\nthen left', meta: { lang: 'en', n: '007' } },
        { id: 'b', text: '床前明月光，疑是地上霜。', meta: { lang: 'zh', n: null } },
        { id: 'c', text: '  spaces stay  ', meta: { lang: 'en', n: '1e3' } },
      ]);
    }
  });

  it('reads any values, written as RFC 4180 says', async () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
    const filled = value.filter((text) => text !== '');
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(filled, filled), { minLength: 1, maxLength: 20 }), async (rows) => {
        const lines = [['text', 'label'], ...rows].map((row) => row.map(quoted).join(','));
        const { documents } = await table(`${lines.join('\n')}\n`, { delimiter: ',', quote: '"' });
        expect(documents.map(({ text, meta }) => [text, meta.label])).toEqual(rows);
      }),
      { seed: 11, numRuns: 25 },
    );
  });

  it('reads gzip, byte-order marks, other charsets, files without header, other names', async () => {
    const plain = 'id,text\n1,你好\n';
    const expected = [{ id: '1', text: '你好', meta: {} }];
    expect((await table(gzipSync(plain), {}, 'table.csv.gz')).documents).toEqual(expected);
    expect((await table(`\ufeff${plain}`)).documents).toEqual(expected);
    const gbk = Buffer.concat([Buffer.from('id,text\n1,'), Buffer.from('c4e3bac3', 'hex'), Buffer.from('\n')]);
    expect((await table(gbk, { charset: 'gbk' })).documents).toEqual(expected);
    expect((await table(Buffer.from(`\ufeff${plain}`, 'utf16le'), { charset: 'utf-16le' })).documents).toEqual(
      expected,
    );
    const columns = ['id', 'text'];
    expect((await table('1\t你好\n', { header: false, columns, delimiter: '\t' })).documents).toEqual(expected);
    expect((await table('a,b\n1,你好\n', { text: 'b', id: 'a' })).documents).toEqual(expected);
    expect((await table('id,text,x,y\n1,你好,2,3\n', { meta: ['y'] })).documents[0]!.meta).toEqual({ y: '3' });
    await expect(table(plain, { charset: 'klingon' })).rejects.toThrow("charset: 'klingon' is not known");
  });

  it('sets rows aside that do not fit, with line and reason, and stops where told to', async () => {
    const broken = 'id,text\n1,one\n2,two,three\n3\n4,four\n';
    const { documents, bad } = await table(broken, { delimiter: ',' });
    expect(documents.map(({ id }) => id)).toEqual(['1', '4']);
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual([
      'table.csv:3 too-many-columns',
      'table.csv:4 missing-columns',
    ]);
    await expect(table(broken, { delimiter: ',', on_error: 'error' })).rejects.toThrow(/table\.csv:3: /);
  });

  it('a row without text is a gap, a table without the column a mistake', async () => {
    const { documents, bad } = await table('id,text\n1,one\n2,\n3,three\n');
    expect(documents).toHaveLength(2);
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual(['table.csv:2 no-text']);
    await expect(table('id,body\n1,one\n')).rejects.toThrow(
      "field 'text' must be a string, found nothing (fields: id, body)",
    );
  });

  it('a file that is no table stops the build, or is one loss where the user says so', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));
    await expect(table(noise)).rejects.toThrow(/table\.csv cannot be read as CSV/);
    const { documents, bad } = await table(noise, { on_error: 'drop' });
    expect(documents).toEqual([]);
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual(['table.csv not-csv']);
  });

  it('sets bytes aside that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('id,text\n1,ok\n2,'), Buffer.from([0xc4, 0xe3]), Buffer.from('\n3,ok\n')]);
    const result = await table(bytes, { delimiter: ',', on_error: 'drop' }).catch((error: Error) => error.message);
    // DuckDB refuses the file, or the row, depending on where it notices.
    if (typeof result === 'string') expect(result).toMatch(/table\.csv cannot be read as CSV: .*(utf-8|unicode)/i);
    else expect(result.documents.map(({ id }) => id)).toEqual(['1', '3']);
  });
});

describe('parquet', () => {
  async function make(name: string, sql: string, settings = ''): Promise<void> {
    const duckdb = await DuckDb.open();
    await duckdb.run(`COPY (${sql}) TO ${sqlString(join(directory, name))} (FORMAT parquet${settings})`);
    duckdb.close();
  }
  const read = (config: Record<string, unknown>) => readSource(parquet, config, { baseDir: directory });

  it('reads text, id and meta; nested values become plain JSON', async () => {
    await make(
      'nested.parquet',
      `SELECT 7::BIGINT AS id, '你好 world' AS text, 9007199254740993::BIGINT AS big, 1.5::DOUBLE AS score,
        {a: [1, 2]::BIGINT[], b: {c: 'x'}} AS s, MAP {'k': 3::BIGINT} AS m, DATE '2024-05-01' AS day, TRUE AS ok,
        NULL::VARCHAR AS nothing, '\\x00\\xFF'::BLOB AS image, ['a', NULL] AS list`,
    );
    const { documents } = await read({ path: 'nested.parquet' });
    expect(documents).toEqual([
      {
        id: '7',
        text: '你好 world',
        meta: {
          big: '9007199254740993',
          score: 1.5,
          s: { a: [1, 2], b: { c: 'x' } },
          m: { k: 3 },
          day: '2024-05-01',
          ok: true,
          nothing: null,
          list: ['a', null],
        },
      },
    ]);
    const chosen = await read({ path: 'nested.parquet', text: 's.b.c', meta: ['image', 'score'] });
    expect(chosen.documents[0]).toEqual({ id: '7', text: 'x', meta: { image: 'AP8=', score: 1.5 } });
  });

  it('gives the same documents in units of any size, in order', async () => {
    const rows = `SELECT i AS id, '第 ' || i || ' 行' AS text FROM range(10000) t(i)`;
    await make('rows.parquet', rows, ', ROW_GROUP_SIZE 2048');
    const [whole, parts] = [await read({ path: 'rows.parquet' }), await read({ path: 'rows.parquet', unit_bytes: 1 })];
    expect(whole.units).toHaveLength(1);
    expect(parts.units).toHaveLength(5);
    expect(parts.documents).toEqual(whole.documents);
    expect(whole.documents.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, i) => String(i)));
  });

  it('reads chats, columns with odd names, text that is stored as bytes', async () => {
    await make(
      'chat.parquet',
      `SELECT [{role: 'user', content: '问'}, {role: 'assistant', content: '答'}] AS messages`,
    );
    const { documents } = await read({ path: 'chat.parquet' });
    expect(documents[0]!.text).toBe('问\n答');
    expect(documents[0]!.meta.messages).toEqual([
      { role: 'user', content: '问' },
      { role: 'assistant', content: '答' },
    ]);
    await make('odd.parquet', `SELECT 'x'::BLOB AS ${sqlName('a "b".c')}`);
    expect((await read({ path: 'odd.parquet', text: 'a "b".c' })).documents[0]!.text).toBe('x');
  });

  it('names the columns there are, gaps, and files that are no Parquet', async () => {
    await make('gap.parquet', `SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) t(id, body)`);
    await expect(read({ path: 'gap.parquet' })).rejects.toThrow("gap.parquet has no column 'text'");
    const { documents, bad } = await read({ path: 'gap.parquet', text: 'body' });
    expect(documents.map(({ id }) => id)).toEqual(['1', '3']);
    expect(bad.map(({ place }) => place)).toEqual(['gap.parquet:2']);
    writeFileSync(join(directory, 'no.parquet'), 'PAR1 and nothing else, PAR1');
    await expect(read({ path: 'no.parquet' })).rejects.toMatchObject({ code: 'bad-file', place: 'no.parquet' });
  });

  it('opens the file that is named, and no glob', async () => {
    await make('[a]*.parquet', `SELECT 'one' AS text`);
    await make('a-other.parquet', `SELECT 'two' AS text`);
    expect((await read({ path: '[a]*.parquet' })).documents.map(({ text }) => text)).toEqual(['one']);
  });
});
