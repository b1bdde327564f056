import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordTable } from './corpus-words.ts';

const encoder = new TextEncoder();

function tableOf(words: readonly string[]): WordTable {
  const table = new WordTable();
  for (const word of words) {
    const bytes = encoder.encode(`<${word}>`);
    table.add(bytes, 1, bytes.length - 1);
  }
  return table;
}

function counted(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])));
}

describe('WordTable', () => {
  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 3 }));

  it('counts as a map does, in the order of bytes', () => {
    fc.assert(
      fc.property(words, (list) => {
        expect([...tableOf(list).entries()]).toEqual(counted(list));
      }),
    );
  });

  it('adds up tables, whatever the order, and survives being a buffer', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const expected = counted([...a, ...b]);
        const [first, second] = [tableOf(a), tableOf(b)];
        const copy = WordTable.deserialize(second.serialize());
        first.addTable(copy);
        expect([...first.entries()]).toEqual(expected);
        copy.addTable(tableOf(a)); // grows on from what was read
        expect([...copy.entries()]).toEqual(expected);
      }),
    );
  });

  it('holds many words, long words and large counts', () => {
    const table = new WordTable();
    for (let i = 0; i < 30_000; i++) {
      const bytes = encoder.encode(String(i % 20_000));
      table.add(bytes, 0, bytes.length, 2 ** 40);
    }
    const long = new Uint8Array(300_000).fill(97);
    table.add(long, 0, long.length);
    table.add(long, 0, long.length);
    expect(table.size).toBe(20_001);
    const counts = new Map(table.entries());
    expect([counts.get('9999'), counts.get('10000'), counts.get('a'.repeat(300_000))]).toEqual([2 ** 41, 2 ** 40, 2]);
  });

  it('refuses a buffer that is none', () => {
    const buffer = tableOf(['a', 'b']).serialize();
    expect(() => WordTable.deserialize(buffer.slice(0, -1))).toThrow(/table of words/);
    expect(() => WordTable.deserialize(new Uint8Array(64))).toThrow(/table of words/);
  });
});
