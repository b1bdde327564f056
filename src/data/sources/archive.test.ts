import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSafeName } from '../archive/members.ts';
import { readSource } from '../testing/read-source.ts';
import { archive } from './archive.ts';

const golden = fileURLToPath(new URL('../archive/golden/', import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-archive-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (path: string, config: Record<string, unknown> = {}, baseDir = golden) =>
  readSource(archive, { path, ...config }, { baseDir });

/** What a descriptor stands for; '' where it was closed meanwhile. */
function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const poem = '床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n';

describe('archive', () => {
  it.each(['mixed.zip', 'mixed.tgz'])('reads %s: every kind of member, by its ending', async (name) => {
    const { documents, bad } = await read(name);
    expect(bad).toEqual([]);
    expect(documents.map(({ id, text, meta }) => [id.slice(name.length + 1), text, meta.path])).toEqual([
      ['texts/poem.txt', poem, 'texts/poem.txt'],
      ['texts/gbk.txt', poem.repeat(4), 'texts/gbk.txt'],
      ['texts/notes.md', '# Notes\n\nHello.\n', 'texts/notes.md'],
      ['pages/a.html', '<html><meta charset="gbk"><body>你好，世界</body></html>', 'pages/a.html'],
      ['', 'line 0', 'data/rows.jsonl'],
      ['', 'line 1', 'data/rows.jsonl'],
      ['', 'line 2', 'data/rows.jsonl'],
      ['data/rows.jsonl.gz:1', 'packed', 'data/rows.jsonl.gz'],
      ['data/rows.json:1', 'one', 'data/rows.json'],
      ['data/rows.json:2', 'two', 'data/rows.json'],
      ['', '你好, world', 'data/rows.csv'],
      ['', 'tab, separated', 'data/rows.tsv'],
    ]);
    expect(documents[3]!.meta).toEqual({ content_type: 'text/html', charset: 'gb18030', path: 'pages/a.html' });
    expect(documents[8]!.meta).toEqual({ n: 1, path: 'data/rows.json' });
  });

  it('gives the same documents in units of any size', async () => {
    const [whole, parts] = [await read('mixed.zip'), await read('mixed.zip', { unit_bytes: 1 })];
    expect(whole.units).toHaveLength(1);
    expect(parts.units).toHaveLength(10);
    expect(parts.documents).toEqual(whole.documents);
  });

  it('reads the members that are asked for', async () => {
    const { documents } = await read('mixed.tgz', { members: ['texts/*.md', '**/*.tsv'] });
    expect(documents.map(({ meta }) => meta.path)).toEqual(['texts/notes.md', 'data/rows.tsv']);
  });

  it.each([
    ['unsafe.zip', ['ok.txt'], ['unsafe.zip/../evil.txt unsafe-name', 'unsafe.zip//root.txt unsafe-name']],
    ['encrypted.zip', ['open.txt'], ['encrypted.zip/locked.txt encrypted']],
    ['wrong-checksum.zip', ['b.md'], ['wrong-checksum.zip/a.md damaged-member']],
    ['bomb.zip', ['small.txt'], ['bomb.zip/zeros.txt bomb']],
    ['gbk-name.zip', ['文档.txt'], []],
  ])('%s', async (name, good, reports) => {
    const { documents, bad } = await read(name, { max_ratio: 500 });
    expect(documents.map(({ meta }) => meta.path)).toEqual(good);
    expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual(reports);
  });

  // Only Linux tells what is open.
  it.runIf(process.platform === 'linux')('closes every archive, also damaged ones', async () => {
    const open = () => readdirSync('/proc/self/fd').map((fd) => readlink(join('/proc/self/fd', fd)));
    const cut = join(directory, 'cut.zip');
    writeFileSync(cut, readFileSync(join(golden, 'mixed.zip')).subarray(0, -30));
    for (const name of ['mixed.zip', 'mixed.tgz', 'overlapping.zip']) await read(name);
    await read('cut.zip', { on_error: 'drop' }, directory);
    expect(open().filter((path) => /\.(?:zip|tgz)$/.test(path))).toEqual([]);
  });

  it('stops reading where members share their bytes', async () => {
    const { bad } = await read('overlapping.zip');
    expect(bad.map(({ reason }) => reason)).toEqual(['bomb']);
    await expect(read('overlapping.zip', { on_error: 'error' })).rejects.toThrow('they overlap');
  });

  it('refuses members that are too long, packed twice too, and tar bombs', async () => {
    const { bad } = await read('mixed.zip', { max_member_bytes: 70 });
    expect(bad.map(({ reason }) => reason)).toContain('member-too-long');
    const tar = gunzipSync(readFileSync(join(golden, 'mixed.tgz')));
    const header = Buffer.from(tar.subarray(0, 512));
    const zeros = 24 << 20;
    header.write(`${zeros.toString(8).padStart(11, '0')} `, 124, 'latin1');
    header.fill(32, 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
      'latin1',
    );
    const bomb = Buffer.concat([header, Buffer.alloc(zeros), Buffer.alloc(1024)]);
    writeFileSync(join(directory, 'bomb.tgz'), gzipSync(bomb));
    const result = await read('bomb.tgz', { max_ratio: 500 }, directory);
    expect([result.documents.length, result.bad.map(({ reason }) => reason)]).toEqual([0, ['bomb']]);
  });

  it('says what is damaged, and what is no archive', async () => {
    for (const name of ['mixed.zip', 'mixed.tgz']) {
      const bytes = readFileSync(join(golden, name));
      const cut = join(directory, name);
      writeFileSync(cut, bytes.subarray(0, bytes.length / 2));
      const { bad } = await read(name, {}, directory);
      expect(bad.map(({ place, reason }) => `${place} ${reason}`)).toEqual([`${name} damaged-archive`]);
    }
    writeFileSync(join(directory, 'x.zip'), 'no archive at all');
    await expect(read('x.zip', {}, directory)).rejects.toThrow('x.zip: it is no ZIP, tar or tar.gz file');
    writeFileSync(join(directory, 'x.7z'), Buffer.from('377abcaf271c0004', 'hex'));
    await expect(read('x.7z', {}, directory)).rejects.toThrow('is packed with 7z, which is not read');
  });

  it('never throws, whatever the bytes are', async () => {
    const originals = ['mixed.zip', 'mixed.tgz'].map((name) => readFileSync(join(golden, name)));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.uint8Array({ maxLength: 20 }), async (zip, at, noise) => {
        const bytes = Buffer.from(originals[zip ? 0 : 1]!);
        Buffer.from(noise).copy(bytes, 4 + (at % (bytes.length - 4)));
        writeFileSync(join(directory, 'noise'), bytes);
        await read('noise', { on_error: 'drop', members: ['**/*.txt', '**/*.jsonl'] }, directory);
      }),
      { seed: 8, numRuns: 50 },
    );
  });
});

it('knows which names stay inside', () => {
  for (const name of ['a/b.txt', '..a/b', 'a/..b', 'a..b']) expect(isSafeName(name)).toBe(true);
  for (const name of ['../a', 'a/../b', '/a', 'C:/a', 'a/..', 'a\0b']) expect(isSafeName(name)).toBe(false);
});
