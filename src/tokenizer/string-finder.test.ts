import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringFinder } from './string-finder.ts';

/** The definition, in quadratic time. */
function slowly(strings: readonly string[], text: string): number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; ) {
    const longest = strings.filter((item) => text.startsWith(item, at)).sort((a, b) => b.length - a.length)[0];
    if (longest === undefined) at++;
    else {
      found.push(at, at + longest.length, strings.indexOf(longest));
      at += longest.length;
    }
  }
  return found;
}

describe('stringFinder', () => {
  it('finds the leftmost, then the longest, as the definition says', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀'), maxLength: 60 }),
        (strings, text) => {
          expect(stringFinder(strings).find(text)).toEqual(slowly(strings, text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds many strings', () => {
    const strings = Array.from({ length: 50_000 }, (_, i) => `<unused${i}>`);
    const finder = stringFinder(strings);
    expect(finder.find('x<unused49999><unused5><unused>')).toEqual([1, 14, 49_999, 14, 23, 5]);
  });

  it('is linear where every place begins as a string does', () => {
    const strings = ['a', `${'a'.repeat(20_000)}b`, ...Array.from({ length: 300 }, (_, i) => `${'a'.repeat(i + 2)}c`)];
    const text = 'a'.repeat(500_000);
    const found = stringFinder(strings).find(text);
    expect(found.length).toBe(3 * text.length);
    expect(found.slice(0, 6)).toEqual([0, 1, 0, 1, 2, 0]);
  });
});
