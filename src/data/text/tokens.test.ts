import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureDuplicates } from './duplicates.ts';
import { profileOf } from './profile.ts';
import { eachRepeats } from './repeats.ts';
import { hasLetter, hasWordCharacter, isIdeograph, type TokenMode, tokensOf } from './tokens.ts';

function listOf(text: string, mode: TokenMode = 'words'): string[] {
  const { count, starts, ends } = tokensOf(text, mode);
  return Array.from({ length: count }, (_, i) => text.slice(starts[i], ends[i]));
}

describe('tokens', () => {
  it('are words and runs of one mark', () => {
    expect(listOf("Don't pay $3,000.50... at a_b.com -- 床前，!!")).toEqual([
      ...["Don't", 'pay', '$', '3,000.50', '...', 'at', 'a_b.com', '--', '床', '前', '，', '!!'],
    ]);
    expect(listOf('end. "x" 5. 𠮷é😀😀', 'words')).toEqual(['end', '.', '"', 'x', '"', '5', '.', '𠮷', 'é', '😀😀']);
    expect(listOf(' a  b\u3000c\x1cd\n', 'whitespace')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('know what they are made of', () => {
    const tokens = tokensOf('ab 12 , 诗 😀', 'words');
    expect([...tokens.flags.slice(0, tokens.count)]).toEqual([
      hasLetter | hasWordCharacter,
      hasWordCharacter,
      0,
      hasLetter | hasWordCharacter | isIdeograph,
      0,
    ]);
    expect([...tokens.lengthBefore.slice(0, tokens.count + 1)]).toEqual([0, 2, 4, 5, 6, 7]);
    expect([tokens.words, tokens.wordLength, tokens.ideographs]).toEqual([3, 5, 1]);
  });

  it('tell a language', () => {
    const profile = (text: string, meta = {}) => profileOf({ id: '', text, meta }, tokensOf(text, 'words'));
    expect([profile('床前明月 light'), profile('a light'), profile('诗', { language: 'en-GB' })]).toEqual([
      'chinese',
      'english',
      'english',
    ]);
    expect([profile('x', { language: 'zh-Hant' }), profile('x', { language: 'fr' })]).toEqual(['chinese', 'other']);
  });
});

describe('repeats', () => {
  it('are those that counting finds', () => {
    const words = fc.array(fc.constantFrom('a', 'b', '诗', 'cc', '.'), { maxLength: 60 });
    fc.assert(
      fc.property(words, (given) => {
        const tokens = tokensOf(given.join(' '), 'whitespace');
        eachRepeats(tokens, 6, ({ n, count, places, grams, different }) => {
          const counts = new Map<string, number>();
          const gramAt = (i: number) => given.slice(i, i + n).join(' ');
          for (let i = 0; i + n <= given.length; i++) counts.set(gramAt(i), (counts.get(gramAt(i)) ?? 0) + 1);
          const expected = [];
          for (let i = 0; i + n <= given.length; i++) if (counts.get(gramAt(i))! > 1) expected.push(i);
          expect([...places.slice(0, count)]).toEqual(expected);
          expect(different).toBe([...counts.values()].filter((times) => times > 1).length);
          for (let k = 0; k < count; k++)
            for (let j = 0; j < k; j++) expect(grams[k] === grams[j]).toBe(gramAt(places[k]!) === gramAt(places[j]!));
          return true;
        });
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('of parts count all but the first', () => {
    expect(measureDuplicates(['a', '诗😀', 'a', '诗😀', 'b'])).toEqual({ parts: 2, characters: 3 });
  });
});
