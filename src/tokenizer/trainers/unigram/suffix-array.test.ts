import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonPrefixes, suffixArray } from './suffix-array.ts';

function slowly(text: readonly number[]): number[] {
  const compare = (a: number, b: number): number => {
    while (a < text.length && b < text.length && text[a] === text[b]) [a, b] = [a + 1, b + 1];
    if (a >= text.length || b >= text.length) return b - a;
    return text[a]! - text[b]!;
  };
  return text.map((_, i) => i).sort(compare);
}

describe('suffixArray', () => {
  it('sorts the suffixes and measures what neighbours share', () => {
    for (const most of [0, 1, 2, 30]) {
      fc.assert(
        fc.property(fc.array(fc.nat(most), { maxLength: 80 }), (list) => {
          const text = Int32Array.from(list);
          const sorted = suffixArray(text, most + 1);
          expect([...sorted]).toEqual(slowly(list));
          const shared = commonPrefixes(text, sorted, 0);
          expect(shared).toHaveLength(list.length + 1);
          for (let i = 0; i <= list.length; i++) {
            let length = 0;
            const [a, b] = [sorted[i - 1] ?? list.length, sorted[i] ?? list.length];
            while (
              Math.max(a, b) + length < list.length &&
              list[a + length] === list[b + length] &&
              list[a + length] !== 0
            )
              length++;
            expect(shared[i]).toBe(length);
          }
        }),
        { numRuns: 200 },
      );
    }
  });

  it('is linear in runs and periods', () => {
    const text = Int32Array.from({ length: 300_000 }, (_, i) => (i % 3 === 0 ? 1 : 2));
    const sorted = suffixArray(text, 3);
    expect(new Set(sorted).size).toBe(text.length);
    expect(Math.max(...commonPrefixes(text, sorted, 0).subarray(0, 1000))).toBeGreaterThan(2000);
  });
});
