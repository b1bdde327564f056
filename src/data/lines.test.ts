import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFiles, globToRegExp, type Line, readLines } from './lines.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-lines-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function linesOf(name: string, content: string | Uint8Array, limit?: number): Promise<Line[]> {
  const path = join(directory, name);
  writeFileSync(path, content);
  const lines: Line[] = [];
  for await (const batch of readLines(path, limit)) lines.push(...batch);
  return lines;
}

describe('readLines', () => {
  it('reads any text as split does, plain and gzip', async () => {
    const text = fc.array(fc.constantFrom('a', '诗', '😀', '\n', '\r\n', ' ', 'x'.repeat(70_000)), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (parts, zip) => {
        const content = parts.join('');
        const lines = await linesOf(zip ? 'p.gz' : 'p', zip ? gzipSync(content) : content);
        const expected = content.split(/\r?\n/);
        if (content === '' || content.endsWith('\n')) expected.pop();
        expect(lines.map((line) => line.text)).toEqual(expected);
        expect(lines.map((line) => line.number)).toEqual(expected.map((_, i) => i + 1));
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('removes a byte-order mark, and marks lines that are not UTF-8', async () => {
    const bad = Buffer.from([0xc4, 0xe3, 0xba, 0xc3]); // 你好 in GBK
    const lines = await linesOf('bad', Buffer.concat([Buffer.from('\ufeff第一行\n'), bad, Buffer.from('\nthird')]));
    expect(lines.map((line) => line.text ?? line.bad)).toEqual(['第一行', 'not-utf8', 'third']);
    expect(Buffer.from(lines[1]!.bytes!).equals(bad)).toBe(true);
  });

  it('skips a line that is too long without holding it', async () => {
    const lines = await linesOf('long', `ok\n${'y'.repeat(3_000_000)}\nafter\n${'z'.repeat(1_000_000)}`, 1000);
    expect(lines.map((line) => line.text ?? line.bad)).toEqual(['ok', 'line-too-long', 'after', 'line-too-long']);
    expect(lines[1]!.bytes!.length).toBeLessThanOrEqual(65536);
  });

  it('names a broken gzip file and a missing one', async () => {
    await expect(linesOf('cut.gz', gzipSync('some text that is long enough').subarray(0, 20))).rejects.toThrow(
      /cut\.gz is not a whole gzip/,
    );
    await expect(linesOf('not.gz', 'plain')).rejects.toThrow(/not\.gz is not a whole gzip/);
    await expect(readLines(join(directory, 'missing')).next()).rejects.toThrow(/no such file/);
  });
});

describe('findFiles', () => {
  it('takes paths, directories and globs, sorted, each once', () => {
    for (const name of ['b.txt', 'a.txt', 'sub/c.jsonl', 'sub/deep/d.jsonl.gz', '.hidden/e.txt']) {
      mkdirSync(join(directory, 'tree', name, '..'), { recursive: true });
      writeFileSync(join(directory, 'tree', name), '');
    }
    const names = (patterns: string | string[]) => findFiles(patterns, join(directory, 'tree')).map(({ name }) => name);
    expect(names('.')).toEqual(['a.txt', 'b.txt', 'sub/c.jsonl', 'sub/deep/d.jsonl.gz']);
    expect(names(['*.txt', 'a.txt'])).toEqual(['a.txt', 'b.txt']);
    expect(names('**/*.{jsonl,jsonl.gz}')).toEqual(['sub/c.jsonl', 'sub/deep/d.jsonl.gz']);
    expect(names(join(directory, 'tree', 'sub', '?.jsonl'))).toEqual(['sub/c.jsonl']);
    expect(findFiles('../a.txt', join(directory, 'tree', 'sub'))[0]!.name).toBe('a.txt');
    expect(() => names('*.parquet')).toThrow(/no file matches '\*\.parquet'/);
  });

  it.each([
    ['a*b', ['ab', 'axxb'], ['a/b', 'abc']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'x/a']],
    ['a.{b,c}+', ['a.b+', 'a.c+'], ['aXb+', 'a.d+']],
  ])('glob %s', (glob, yes, no) => {
    for (const path of yes) expect(globToRegExp(glob).test(path)).toBe(true);
    for (const path of no) expect(globToRegExp(glob).test(path)).toBe(false);
  });
});
