import { describe, expect, it } from 'vitest';
import type { PieceRules } from './char-kinds.ts';
import { cutSegments, leadByte, mixed } from './segments.ts';

const rules: PieceRules = {
  characterCoverage: 1,
  maxPieceLength: 16,
  splitByWhitespace: true,
  splitByUnicodeScript: true,
  splitByNumber: true,
  splitDigits: false,
  requiredChars: '',
};

function cut(words: readonly (readonly [string, number, number?])[], changes: Partial<PieceRules> = {}) {
  const segments = cutSegments(words, { ...rules, ...changes });
  const { starts, counts, followers } = segments;
  const rows = Array.from(counts, (count, s) => ({
    text: segments.spell(starts[s]!, starts[s + 1]! - 1),
    count,
    follower: followers[s],
  }));
  return { ...segments, rows, texts: rows.map(({ text }) => text) };
}

describe('cutSegments', () => {
  it('cuts between scripts, but not before a mark, and counts equal parts together', () => {
    expect(
      cut([
        ['▁low,', 2],
        ['▁low', 3],
        ['▁ロー漢字abc12', 1],
      ]).rows.map(({ text, count }) => [text, count]),
    ).toEqual([
      ['▁low', 5],
      [',', 2],
      ['▁ロー漢字', 1],
      ['abc', 1],
      ['12', 1],
    ]);
    // \u0301漢 and \u0301a alone would be pieces.
    expect(cut([['e漢\u0301a', 1]]).texts).toEqual(['e', '漢\u0301a']);
    expect(cut([['a▁▁b', 1]]).texts).toEqual(['a', '▁', '▁b']);
  });

  it('follows the rules', () => {
    const word = '▁ab12漢字';
    expect(cut([[word, 1]], { splitByNumber: false }).texts).toEqual([word]);
    expect(cut([[word, 1]], { splitDigits: true }).texts).toEqual(['▁ab', '1', '2', '漢字']);
    expect(cut([[word, 1]], { splitByUnicodeScript: false }).texts).toEqual([word]);
    expect(cut([['a▁b', 1]], { splitByWhitespace: false }).texts).toEqual(['a▁b']);
  });

  it('knows what follows', () => {
    const space = leadByte(0x2581);
    const rows = (...words: Parameters<typeof cut>[0]) => cut(words).rows.map(({ text, follower }) => [text, follower]);
    expect(rows(['▁a中', 1], ['▁b', 2, 0], ['▁c', 2, 2], ['▁d', 2, 1], ['▁b', 1, 1])).toEqual([
      ['▁a', leadByte(0x4e2d)],
      ['中', space],
      ['▁b', mixed],
      ['▁c', 0],
      ['▁d', mixed],
    ]);
    expect(rows(['▁a!', 1])[1]).toEqual(['!', mixed]); // nothing is known, and it is a punctuation mark
    expect([0x41, 0xe9, 0x4e2d, 0x1f600].map(leadByte)).toEqual(
      ['A', 'é', '中', '😀'].map((char) => new TextEncoder().encode(char)[0]),
    );
  });

  it('leaves rare characters out, except required ones', () => {
    const words = [
      ['aaaaaaaax', 10],
      ['bby', 10],
    ] as const;
    const { texts, unknown, alphabet } = cut(words, { characterCoverage: 0.8 });
    expect([texts, unknown]).toEqual([['aaaaaaaa', 'bb'], 20]);
    expect(String.fromCodePoint(...alphabet)).toBe('ab');
    const required = cut(words, { characterCoverage: 0.8, requiredChars: 'yz' });
    expect([required.texts, required.unknown]).toEqual([['aaaaaaaa', 'bby'], 10]);
    expect([...required.charCounts]).toEqual([80, 20, 10, 0]);
    expect(() => cut([], { requiredChars: 'z' })).toThrow(/corpus .* is empty/);
  });
});
