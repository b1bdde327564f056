import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnitTrie } from './trie.ts';

describe('UnitTrie', () => {
  it('finds the longest string of the set at each place', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '▁', '\u{1f600}'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 400 }), word, (words, text) => {
        const trie = new UnitTrie(words.map((one, i) => [one, i] as const));
        for (let at = 0; at < text.length; at++) {
          const longest = Math.max(0, ...words.filter((one) => text.startsWith(one, at)).map((one) => one.length));
          expect(trie.longest(text, at)).toBe(longest);
        }
        for (const [i, one] of words.entries()) {
          let node = 0;
          for (let at = 0; at < one.length; at++) node = trie.child(node, one.charCodeAt(at));
          expect(trie.values[node]).toBe(i);
        }
      }),
      { seed: 5 },
    );
  });
});
