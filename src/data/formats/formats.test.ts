import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from '../document.ts';
import { DuckDb } from '../duckdb/duckdb.ts';
import { parquet } from '../sources/parquet.ts';
import { readSource } from '../testing/read-source.ts';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { writeJsonl } from './jsonl.ts';
import { writeParquet, writeParquetExamples } from './parquet.ts';
import { encodeExample, frameRecord, writeTfrecord } from './tfrecord.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-formats-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function* stream<Item>(items: readonly Item[], failAfter = Number.POSITIVE_INFINITY): AsyncGenerator<Item> {
  for (const [i, item] of items.entries()) {
    if (i >= failAfter) throw new TypeError('the source broke');
    yield item;
  }
}

const documents: Document[] = [
  { id: 'a', text: '床前明月光\n疑是地上霜', meta: { language: 'zh', n: 1 }, split: 'train' },
  {
    id: 'b "quoted"',
    text: 'NUL \0, \\, "quotes", emoji 😀',
    meta: { nested: { list: [1, null, 'x'] } },
    split: 'test',
  },
  { id: 'c', text: '', meta: {} },
];

describe('writeJsonl', () => {
  it('writes lines, packed where the name says so', async () => {
    const path = join(directory, 'x.jsonl');
    expect(await writeJsonl(path, stream(documents))).toBe(3);
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(documents);
    const many = Array.from({ length: 4000 }, (_, i) => ({ id: String(i), text: `${i} `.repeat(40) }));
    await writeJsonl(`${path}.gz`, stream(many));
    const text = gunzipSync(readFileSync(`${path}.gz`)).toString();
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(many);
  });

  it('leaves nothing behind when the source breaks', async () => {
    const before = readdirSync(directory);
    await expect(writeJsonl(join(directory, 'broken.jsonl'), stream(documents, 2))).rejects.toThrow('the source broke');
    await expect(writeTfrecord(join(directory, 'b.tfrecord'), stream([{ input_ids: [0.5] }]))).rejects.toThrow(
      'tokens must be whole numbers, found 0.5 at 0',
    );
    await expect(writeParquet(join(directory, 'b.parquet'), stream(documents, 2))).rejects.toThrow('the source broke');
    expect(readdirSync(directory)).toEqual(before);
  });
});

describe('writeParquet', () => {
  it('writes what our own source reads back', async () => {
    const path = join(directory, 'x.parquet');
    expect(await writeParquet(path, stream(documents))).toBe(3);
    const { documents: read } = await readSource(parquet, { path });
    const expected = documents.map(({ id, text, meta, split }) => ({
      id,
      text,
      meta: { ...meta, split: split ?? null },
    }));
    expect(read).toEqual(expected);
  });

  it('writes the same bytes again, in row groups of bounded size, in order', async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => ({ id: String(i), text: `${i} 行 `.repeat(700), meta: { i } }));
    const [one, two] = [join(directory, 'one.parquet'), join(directory, 'two.parquet')];
    await writeParquet(one, stream(rows), { memoryBytes: 256 << 20 });
    await writeParquet(two, stream(rows), { memoryBytes: 256 << 20 });
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const { units, documents: read } = await readSource(parquet, { path: one, unit_bytes: 1 });
    expect(units.length).toBeGreaterThan(1);
    expect(read.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  it('writes token examples', async () => {
    const path = join(directory, 'tokens.parquet');
    const examples = [{ input_ids: [1, 2, 65_535], attention_mask: [1, 1, 0] }, { input_ids: new Uint16Array([7]) }];
    expect(await writeParquetExamples(path, stream(examples))).toBe(2);
    const duckdb = await DuckDb.open();
    const rows = [];
    for await (const batch of duckdb.rows('SELECT * FROM read_parquet(?)', [path])) rows.push(...batch);
    duckdb.close();
    expect(rows).toEqual([
      { input_ids: [1, 2, 65_535], attention_mask: [1, 1, 0] },
      { input_ids: [7], attention_mask: [1] },
    ]);
  });

  it('writes an empty file with its columns', async () => {
    const path = join(directory, 'empty.parquet');
    expect(await writeParquet(path, stream([]))).toBe(0);
    expect((await readSource(parquet, { path })).documents).toEqual([]);
  });
});

describe('crc32c', () => {
  it('gives the values of RFC 3720 B.4', () => {
    const bytes = (fill: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => fill(i));
    expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
    expect(crc32c(bytes(() => 255))).toBe(0x62a8ab43);
    expect(crc32c(bytes((i) => i))).toBe(0x46dd794e);
    expect(crc32c(bytes((i) => 31 - i))).toBe(0x113fdb5c);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('is what a bit at a time gives', () => {
    const slow = (bytes: Uint8Array) => {
      let value = 0xffffffff;
      for (const byte of bytes) {
        value ^= byte;
        for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
      }
      return (value ^ 0xffffffff) >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32c(bytes) === slow(bytes)),
      { seed: 1 },
    );
  });
});

describe('tfrecord', () => {
  it('encodes examples as protobuf does', () => {
    // tf.train.Example with input_ids [1, 300, -1] and attention_mask [1, 1, 0], by google.protobuf 7.36.
    const message = encodeExample({ input_ids: [1, 300, -1], attention_mask: [1, 1, 0] });
    expect(message.toString('hex')).toBe(EXAMPLE_HEX);
    expect(() => encodeExample({ input_ids: [1], attention_mask: [] })).toThrow(
      'attention_mask has 0 values, input_ids 1',
    );
  });

  it('frames records with masked checksums', () => {
    const record = frameRecord(Buffer.from('abc'));
    expect(record.readBigUInt64LE(0)).toBe(3n);
    expect(record.subarray(12, 15).toString()).toBe('abc');
    expect(record.readUInt32LE(8)).toBe(maskedCrc32c(record.subarray(0, 8)));
    expect(record.readUInt32LE(15)).toBe(maskedCrc32c(Buffer.from('abc')));
    expect(record).toHaveLength(19);
  });
});

const EXAMPLE_HEX =
  '0a3b0a190a0e617474656e74696f6e5f6d61736b12071a050a030101000a1e0a09696e7075745f69647312111a0f0a0d01ac02ffffffffffffffffff01';
