import { describe, expect, it } from 'vitest';
import * as classes from './classes.ts';
import { classOf, codePointTable } from './ranges.ts';
import { nonspacingRanges } from './tables.gen.ts';

const all = (isMember: (codePoint: number) => boolean) => {
  const found: number[] = [];
  for (let codePoint = 0; codePoint < 0x110000; codePoint++) if (isMember(codePoint)) found.push(codePoint);
  return found;
};

describe('character classes', () => {
  it('white space is what every engine takes for it', () => {
    expect(all(classes.isWhitespace)).toEqual(all((code) => /\p{White_Space}/u.test(String.fromCodePoint(code))));
    expect(all((code) => new RegExp(`[${classes.whitespaceClass}]`).test(String.fromCodePoint(code)))).toEqual(
      all(classes.isWhitespace),
    );
  });

  it('the Chinese class and its predicate are one', () => {
    const expression = new RegExp(`[${classes.chineseClass}]`, 'u');
    expect(all(classes.isChineseCharacter)).toEqual(all((code) => expression.test(String.fromCodePoint(code))));
  });

  // What Unicode 8 knew has hardly changed since: tables and engine must agree but for a handful of code points.
  it.each([
    ['isNumeric', classes.isNumeric, /\p{N}/u, 0],
    ['isPunctuation', classes.isPunctuation, /[\p{P}$+<=>^`|~]/u, 2],
    ['isWord', classes.isWord, /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u, 0],
    ['isNonspacingMark', classes.isNonspacingMark, /\p{Mn}/u, 2],
    ['isCombiningMark', classes.isCombiningMark, /\p{M}/u, 2],
    ['isBertControl', classes.isBertControl, /[\p{Cc}\p{Cf}\p{Co}]/u, 1],
  ] as const)('%s is no more than the engine knows', (_, isMember, expression, others) => {
    const members = all(isMember);
    expect(members.length).toBeGreaterThan(500);
    // An older engine may not know the newest members: only those below U+3000 are compared.
    const unknown = members.filter((code) => code < 0x3000 && !expression.test(String.fromCodePoint(code)));
    expect(unknown.length).toBeLessThanOrEqual(others);
  });

  it('knows scripts, late forms and the odd cases', () => {
    const script = (character: string) => classes.scriptOf(character.codePointAt(0)!);
    expect(new Set(['漢', 'か', 'カ', 'ー'].map(script)).size).toBe(1);
    expect([script(' '), script('a') === script('é'), script('a') === script('а')]).toEqual([0, true, false]);
    expect([0x1f16c, 0xe9].map(classes.isLateForm)).toEqual([true, false]);
    expect([0x9, 0x200b, 0xfffd, 0xe000, 0x41].map(classes.isBertControl)).toEqual([false, true, true, true, false]);
  });

  it('ranges read the same as a table and as a class', () => {
    const expression = new RegExp(`[${classOf(nonspacingRanges)}]`, 'u');
    const table = codePointTable(nonspacingRanges);
    expect(all((code) => table(code) !== 0)).toEqual(all((code) => expression.test(String.fromCodePoint(code))));
  });
});
