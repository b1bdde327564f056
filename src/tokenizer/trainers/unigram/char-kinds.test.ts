import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CharKinds, type PieceRules } from './char-kinds.ts';

const alphabet = Int32Array.from(
  ['a', 'é', '1', '９', '中', 'か', 'ー', '\u0301', ',', '▁', '😀'],
  (char) => char.codePointAt(0)!,
);
const piece = (text: string) => Int32Array.from(text, (char) => alphabet.indexOf(char.codePointAt(0)!) + 1);

const rules: PieceRules = {
  characterCoverage: 1,
  maxPieceLength: 6,
  splitByWhitespace: true,
  splitByUnicodeScript: true,
  splitByNumber: true,
  splitDigits: false,
  requiredChars: '',
};

describe('CharKinds', () => {
  const isPiece = (text: string, changes: Partial<PieceRules> = {}) =>
    new CharKinds(alphabet, { ...rules, ...changes }).isPiece(piece(text), 0, [...text].length);

  it('judges as IsValidSentencePiece does', () => {
    for (const text of ['a', 'aé', '▁a', '▁', '1９', '中かー', 'a\u0301a', '\u0301a', '▁中', ',😀', ',1', 'aaaaaa'])
      expect([text, isPiece(text)]).toEqual([text, true]);
    for (const text of ['a1', 'a中', '中\u0301a', 'a▁', '▁▁', 'a,', 'aaaaaaa'])
      expect([text, isPiece(text)]).toEqual([text, false]);
    expect(isPiece('a1中', { splitByNumber: false })).toBe(true);
    expect([
      isPiece('1'),
      isPiece('11'),
      isPiece('1', { splitDigits: true }),
      isPiece('11', { splitDigits: true }),
    ]).toEqual([true, true, true, false]);
    expect([isPiece('a▁a', { splitByWhitespace: false }), isPiece('a▁', { splitByWhitespace: false })]).toEqual([
      true,
      false,
    ]);
    expect(isPiece('a,中1', { splitByUnicodeScript: false })).toBe(true);
  });

  it('has a border only where no piece may lie across', () => {
    const text = fc.array(fc.integer({ min: 1, max: alphabet.length }), { minLength: 2, maxLength: 6 });
    const flags = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(text, flags, (places, [splitByNumber, splitDigits, splitByUnicodeScript, splitByWhitespace]) => {
        const kinds = new CharKinds(alphabet, {
          ...rules,
          splitByNumber,
          splitDigits,
          splitByUnicodeScript,
          splitByWhitespace,
        });
        const all = Int32Array.from(places);
        const hasBorder = places.some((place, i) => i > 0 && kinds.isBorder(places[i - 1]! - 1, place - 1));
        if (hasBorder) expect(kinds.isPiece(all, 0, all.length)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
