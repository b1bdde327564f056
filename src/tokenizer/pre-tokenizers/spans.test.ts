import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBehaviors, splitSpans } from './spans.ts';

describe('spans', () => {
  it('cover what they should, in order, none empty', () => {
    const matches = fc
      .uniqueArray(fc.nat(12), { maxLength: 8 })
      .map((ends) => ends.sort((a, b) => a - b))
      .map((ends) => ends.slice(0, ends.length - (ends.length % 2)));
    fc.assert(
      fc.property(matches, fc.constantFrom(...splitBehaviors), fc.boolean(), (pairs, behavior, invert) => {
        const spans = splitSpans(12, pairs, behavior, invert);
        let at = 0;
        for (let i = 0; i < spans.length; i += 2) {
          expect(spans[i]).toBeGreaterThanOrEqual(at);
          expect(spans[i + 1]).toBeGreaterThan(spans[i]!);
          if (behavior !== 'Removed') expect(spans[i]).toBe(at);
          at = spans[i + 1]!;
        }
        if (behavior !== 'Removed') expect(at).toBe(12);
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['Removed', false, '0-1 3-4'],
    ['Removed', true, '1-3'],
    ['Isolated', false, '0-1 1-3 3-4'],
    ['MergedWithPrevious', false, '0-3 3-4'],
    ['MergedWithNext', false, '0-1 1-4'],
    ['MergedWithNext', true, '0-3 3-4'],
  ] as const)('%s, inverted %s', (behavior, invert, expected) => {
    const spans = splitSpans(4, [0, 0, 1, 3, 3, 3], behavior, invert);
    expect(Array.from({ length: spans.length / 2 }, (_, i) => `${spans[2 * i]}-${spans[2 * i + 1]}`).join(' ')).toBe(
      expected,
    );
  });
});
