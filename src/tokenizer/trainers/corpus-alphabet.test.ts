import { describe, expect, it } from 'vitest';
import { type AlphabetOptions, chooseAlphabet, countCharacters } from './corpus-alphabet.ts';
import { WordTable } from './corpus-words.ts';

function table(counts: Readonly<Record<string, number>>): WordTable {
  const words = new WordTable();
  for (const [word, count] of Object.entries(counts)) {
    const bytes = new TextEncoder().encode(word);
    words.add(bytes, 0, bytes.length, count);
  }
  return words;
}

describe('the alphabet of a corpus', () => {
  const words = table({ aab: 10, bc: 5, 𠮷中: 2, é: 1 });
  const alphabet = (options: AlphabetOptions) => chooseAlphabet(words, options).join('');

  it('counts code points by how often their words occur', () => {
    const counts = [...countCharacters(words)].map(([code, count]) => [String.fromCodePoint(code), count]);
    expect(Object.fromEntries(counts)).toEqual({ a: 20, b: 15, c: 5, 𠮷: 2, 中: 2, é: 1 });
  });

  it('is in the order of code points', () => expect(alphabet({})).toBe('abcé中𠮷'));
  it('keeps the most frequent ones, of equals the smaller', () => {
    expect(alphabet({ limitAlphabet: 3 })).toBe('abc');
    expect(alphabet({ limitAlphabet: 4 })).toBe('abc中');
    expect(alphabet({ limitAlphabet: 99 })).toBe('abcé中𠮷');
  });
  it('keeps what is asked for, before anything else', () => {
    expect(alphabet({ limitAlphabet: 3, initialAlphabet: ['zebra', 'é', ''] })).toBe('azé');
  });
  it('stops when the part of the text is covered', () => {
    // 45 characters: a 20, b 15, c 5, 𠮷 2, 中 2, é 1.
    expect(alphabet({ characterCoverage: 0.4 })).toBe('a');
    expect(alphabet({ characterCoverage: 20 / 45 })).toBe('a');
    expect(alphabet({ characterCoverage: 0.5 })).toBe('ab');
    expect(alphabet({ characterCoverage: 0.9 })).toBe('abc中');
    expect(alphabet({ characterCoverage: 0.999 })).toBe('abcé中𠮷');
  });
});
