import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonValues } from '../json-values.ts';
import { readSource } from '../testing/read-source.ts';
import { json } from './json.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-json-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function read(content: string | Uint8Array, config: Record<string, unknown> = {}, name = 'x.json') {
  writeFileSync(join(directory, name), content);
  return readSource(json, { path: name, ...config }, { baseDir: directory });
}

async function valuesOf(text: string | Buffer, path: readonly string[], size: number, max = 1e9): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const values: unknown[] = [];
  for await (const value of jsonValues(chunks(), path, max)) values.push(JSON.parse(value.toString()));
  return values;
}

describe('jsonValues', () => {
  const value = fc.jsonValue({ maxDepth: 4 }).filter((item) => !Array.isArray(item));
  const size = fc.integer({ min: 1, max: 50 });
  const form = fc.constantFrom(undefined, 2, '\t');

  it('cuts arrays, values in a row, and arrays under a path, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value), size, form, async (items, bytes, indent) => {
        const texts = items.map((item) => JSON.stringify(item, null, indent));
        const parsed = texts.map((text) => JSON.parse(text) as unknown);
        expect(await valuesOf(JSON.stringify(items, null, indent), [], bytes)).toEqual(parsed);
        expect(await valuesOf(texts.join('\n'), [], bytes)).toEqual(parsed);
        const nested = { before: items, 'data"': { items: [], x: items }, data: { n: 1, items, z: 'items' } };
        expect(await valuesOf(JSON.stringify(nested, null, indent), ['data', 'items'], bytes)).toEqual(parsed);
        const pages = [{ data: { items } }, { other: 1 }, { data: { items } }];
        expect(await valuesOf(JSON.stringify(pages), ['data', 'items'], bytes)).toEqual([...parsed, ...parsed]);
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it.each(['[{"a": 1}', '[{"a": 1} {"a": 2}]', '{"a": ', '[1, 2', '["abc', '[,]', '[1,,2]', ']', '[1]]'])(
    'refuses %s',
    async (text) => {
      await expect(valuesOf(text, [], 3)).rejects.toThrow(/not valid JSON|JSON at position|Unexpected/);
    },
  );

  it('never hangs or throws anything else, whatever the bytes are', async () => {
    const bytes = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' '), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(bytes, size, async (parts, length) => {
        const outcome = valuesOf(parts.join(''), ['a'], length);
        await outcome.catch((error: Error) => expect(error.message).toMatch(/JSON/));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it('is linear and bounded on hostile input', async () => {
    const start = performance.now();
    const deep = '['.repeat(1e6);
    await expect(valuesOf(deep, [], 65536)).rejects.toThrow(/ends inside a value/);
    await expect(valuesOf(deep, [], 65536, 1000)).rejects.toThrow(/longer than 1000 bytes/);
    await expect(valuesOf(`"${'\\'.repeat(1e6)}`, [], 65536)).rejects.toThrow(/ends inside a value/);
    expect(await valuesOf(' '.repeat(1e6), [], 65536)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe('json', () => {
  it('reads arrays, objects with a path, objects in a row, gzip, byte-order marks', async () => {
    const items = [
      { id: 1, text: '你好', lang: 'zh' },
      { text: 'hello', meta: { lang: 'en' } },
    ];
    const expected = [
      { id: '1', text: '你好', meta: { lang: 'zh' } },
      { id: 'x.json:2', text: 'hello', meta: { lang: 'en' } },
    ];
    expect((await read(JSON.stringify(items))).documents).toEqual(expected);
    expect((await read(`\ufeff${JSON.stringify(items, null, 2)}`)).documents).toEqual(expected);
    expect((await read(items.map((item) => JSON.stringify(item, null, 1)).join('\n'))).documents).toEqual(expected);
    const wrapped = JSON.stringify({ total: 2, data: { items } });
    expect((await read(wrapped, { records: 'data.items' })).documents).toEqual(expected);
    const { documents } = await read(gzipSync(wrapped), { records: 'data.items' }, 'x.json.gz');
    expect(documents.map(({ text }) => text)).toEqual(['你好', 'hello']);
  });

  it('stops at the wrong form, naming the object, and drops it where told to', async () => {
    await expect(read('[{"text": "a"}, {"body": "b"}]')).rejects.toThrow("x.json:2: field 'text' must be a string");
    await expect(read('[{"text": "a"}, {"text": "b"')).rejects.toThrow(/x\.json:2: not valid JSON at byte \d+/);
    await expect(read('{"data": {}}', { records: 'data.items' })).rejects.toThrow("nothing lies under 'data.items'");
    const { documents, bad } = await read('[{"text": "a"}, {"text": 1}, 7, {"text": x}, {"text": "b"}]', {
      on_error: 'drop',
    });
    expect(documents.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual([
      'x.json:2 no-text',
      'x.json:3 not-an-object',
      'x.json:4 malformed-json',
    ]);
  });

  it('sets objects aside that are not UTF-8, and one that is null', async () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"text":"'),
      Buffer.from([0xc4, 0xe3]),
      Buffer.from('"},{"text":null}]'),
    ]);
    const { documents, bad } = await read(bytes);
    expect(documents).toEqual([]);
    expect(bad.map(({ reason }) => reason)).toEqual(['not-utf8', 'no-text']);
  });
});
