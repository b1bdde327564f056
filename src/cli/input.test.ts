import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type InputItem, readItems, streamItems } from './input.ts';

const dir = mkdtempSync(join(tmpdir(), 'athanor-input-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const streamed = async (path: string): Promise<InputItem[]> => {
  const items: InputItem[] = [];
  for await (const item of streamItems(path)) items.push(item);
  return items;
};

describe('streamItems', () => {
  it.each<[string, string | Uint8Array, readonly unknown[]]>([
    ['lines.txt', 'a\r\n\n床前\u{1f600}', ['a', '', '床前\u{1f600}']],
    ['bom.txt', '\ufeffa\n', ['a']],
    ['rows.jsonl', '{"text":"a"}\n\n{"ids":[1,2]}\n{"ids":[]}\n', ['a', [1, 2], []]],
    ['object.json', '{"ids":[[1],[],[2,3]]}', [[1], [], [2, 3]]],
    ['packed.jsonl.gz', gzipSync('{"text":"a"}\n{"text":"b"}'), ['a', 'b']],
    ['empty.txt', '', []],
    ['long.txt', `${'床'.repeat(700_000)}\n${'x'.repeat(1_000_000)}\n`, ['床'.repeat(700_000), 'x'.repeat(1_000_000)]],
  ])('%s, as readItems does', async (name, content, expected) => {
    const path = file(name, content);
    const items = await streamed(path);
    expect(items.map(({ text, ids }) => text ?? ids)).toEqual(expected);
    if (name !== 'empty.txt') expect(readItems(path)).toEqual(items);
  });

  it('names file and line of what is wrong', async () => {
    await expect(streamed(file('bad.jsonl', '{"text":"a"}\n{"text":1}'))).rejects.toMatchObject({
      code: 'bad-input',
      place: join(dir, 'bad.jsonl:2'),
    });
    await expect(streamed(file('latin.txt', Uint8Array.of(0x61, 0xe9, 0x0a)))).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/latin\.txt is not valid UTF-8/),
    });
    await expect(streamed(join(dir, 'none.txt'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(streamed(file('torn.gz', gzipSync('a'.repeat(1000)).subarray(0, 20)))).rejects.toThrow();
  });
});
