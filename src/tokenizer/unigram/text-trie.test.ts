import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellStride, TextTrie } from './text-trie.ts';

const character = fc.constantFrom('a', 'b', 'c', '中', '国', 'é', '\u0301', '😀', '\ue000', '\0', '\uffff');
const text = fc.array(character, { minLength: 1, maxLength: 6 }).map((characters) => characters.join(''));

describe('TextTrie', () => {
  it('has the values of its keys and of nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 60 }), fc.array(text, { maxLength: 60 }), (keys, others) => {
        const values = keys.map((_, i) => i * 7 + 3);
        const trie = new TextTrie(keys, values);
        const expected = new Map(keys.map((key, i) => [key, values[i]]));
        for (const probe of [...keys, ...others]) expect(trie.get(probe)).toBe(expected.get(probe) ?? -1);
        expect(trie.get('')).toBe(-1);
      }),
    );
  });

  it('walks on from a node', () => {
    const trie = new TextTrie(['##', '##ing', 'ing']);
    expect(trie.cells[trie.walk('ing', trie.walk('##')) * cellStride + 2]).toBe(1);
    expect(trie.walk('ings')).toBe(-1);
    expect(trie.walk('x', trie.walk('##'))).toBe(-1);
  });

  it('packs an alphabet of thousands of characters', () => {
    const keys: string[] = [];
    for (let i = 0; i < 4000; i++) keys.push(String.fromCharCode(0x4e00 + i));
    for (let i = 0; i < 20_000; i++)
      keys.push(String.fromCharCode(0x4e00 + ((i * 31) % 4000), 0x4e00 + ((i * 17 + (i >> 5)) % 4000)));
    const distinct = [...new Set(keys)];
    const trie = new TextTrie(distinct);
    for (const [i, key] of distinct.entries()) expect(trie.get(key)).toBe(i);
    expect(trie.cells.length / cellStride).toBeLessThan(4 * distinct.length);
  });
});
