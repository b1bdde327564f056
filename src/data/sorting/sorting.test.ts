import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { ExternalSort } from './external-sort.ts';
import { PagedRecords } from './paged-records.ts';
import { RepeatFilter } from './repeat-filter.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-sort-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function sortAll(records: readonly number[][], keys: number, memoryBytes: number): number[][] {
  const sorter = new ExternalSort({ width: records[0]?.length ?? 1, keys, memoryBytes, directory, name: 's' });
  for (const record of records) sorter.add(record);
  const sorted: number[][] = [];
  for (const { words, count } of sorter.sorted()) {
    const width = words.length === 0 ? 1 : records[0]!.length;
    for (let i = 0; i < count; i++) sorted.push(Array.from(words.slice(i * width, (i + 1) * width)));
  }
  return sorted;
}

describe('external sort', () => {
  it.each([
    [10, 1 << 20],
    [50_000, 1 << 24],
    [50_000, 1 << 16],
    [50_000, 1 << 12], // as little as it takes: many runs, merged twice
    [0, 1 << 16],
  ])('sorts %i records in %i bytes, stably', (n, memoryBytes) => {
    const rng = new Rng(n);
    const records = Array.from({ length: n }, (_, i) => [rng.uint32(), rng.int(3), i]).map(([a, b, i]) =>
      b === 0 ? [7, 0xfffffff0, i!] : [a!, b!, i!],
    );
    const expected = [...records].sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
    expect(sortAll(records, 2, memoryBytes)).toEqual(expected);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('repeat filter', () => {
  it('lets every repeated hash through, and few others', () => {
    const rng = new Rng(2);
    const hashes = Array.from({ length: 20_000 }, () => rng.uint32());
    const filter = new RepeatFilter(hashes.length, 1 << 20);
    for (const hash of hashes) filter.see(hash);
    for (const hash of hashes.slice(0, 2000)) filter.see(hash);
    expect(hashes.slice(0, 2000).every((hash) => filter.mayRepeat(hash))).toBe(true);
    expect(hashes.slice(2000).filter((hash) => filter.mayRepeat(hash)).length).toBeLessThan(2500);
    const tiny = new RepeatFilter(1e9, 4096);
    for (const hash of [1, 2, 1]) tiny.see(hash);
    expect([1, 2].map((hash) => tiny.mayRepeat(hash))).toEqual([true, false]);
  });
});

describe('paged records', () => {
  it.each([1 << 24, 1 << 12])('are found again, in %i bytes', (memoryBytes) => {
    const paged = new PagedRecords({ recordBytes: 6000, memoryBytes, path: join(directory, 'pages') });
    for (let i = 0; i < 203; i++) paged.append(new Uint8Array(6000).fill(i));
    const rng = new Rng(1);
    for (let k = 0; k < 500; k++) {
      const number = rng.int(203);
      const record = paged.at(number);
      expect([record.length, record[0], record[5999]]).toEqual([6000, number, number]);
    }
    paged.dispose();
    expect(readdirSync(directory)).toEqual([]);
  });
});
