import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeIds } from './merge.ts';
import { MergeTable, noMerge } from './merge-table.ts';

/** The definition: the pair of lowest rank, leftmost first, one at a time. */
function mergeSlowly(ids: number[], table: MergeTable): number[] {
  const out = [...ids];
  for (;;) {
    let best = noMerge;
    let at = -1;
    for (let i = 0; i + 1 < out.length; i++) {
      const rank = table.rank(out[i]!, out[i + 1]!);
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return out;
    out.splice(at, 2, table.result(out[at]!, out[at + 1]!));
  }
}

/** Random merges over `letters` initial ids; each result is a new id. */
function tableOf(letters: number, pairs: readonly (readonly [number, number])[]): MergeTable {
  const table = new MergeTable(pairs.length);
  const seen = new Set<string>();
  let next = letters;
  for (const [rank, [a, b]] of pairs.entries()) {
    const [left, right] = [a % next, b % next];
    if (seen.has(`${left} ${right}`)) continue;
    seen.add(`${left} ${right}`);
    table.set(left, right, rank, next++);
  }
  return table;
}

describe('mergeIds', () => {
  const pairs = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 30 });

  it('merges as defined, by scanning and by heap', () => {
    fc.assert(
      fc.property(pairs, fc.array(fc.nat(2), { maxLength: 250 }), (merges, ids) => {
        const table = tableOf(3, merges);
        const buffer = Int32Array.from(ids);
        expect([...buffer.subarray(0, mergeIds(buffer, ids.length, table))]).toEqual(mergeSlowly(ids, table));
      }),
    );
  });

  it('merges a word of a million symbols without quadratic time', () => {
    const table = tableOf(1, [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    const ids = new Int32Array(1_000_000);
    const started = performance.now();
    expect(mergeIds(ids, ids.length, table)).toBe(62_500);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
