import { describe, expect, it } from 'vitest';
import { AddedVocabulary, addedToken, allowedTest, noToken } from './added-tokens.ts';
import { readNormalizer } from './normalizers/read.ts';
import type { AddedToken, AllowedSpecial } from './types.ts';

const model = { tokenToId: (token: string) => ({ a: 0, b: 7 })[token], idToToken: () => 'x', idLimit: 10 };
const vocabularyOf = (...tokens: (readonly [string, Partial<AddedToken>?])[]) =>
  new AddedVocabulary(
    tokens.map(([content, flags]) => addedToken(content, 0, flags)),
    model,
  );

/** The parts of a text: strings, and [text, id] for tokens. */
function cut(vocabulary: AddedVocabulary, text: string, allowed?: AllowedSpecial): unknown[] {
  const parts = vocabulary.split(text, 'raw', allowedTest(allowed));
  return Array.from({ length: parts.length / 3 }, (_, i) => {
    const [start, end, id] = parts.slice(3 * i, 3 * i + 3) as [number, number, number];
    return id === noToken ? text.slice(start, end) : [text.slice(start, end), id];
  });
}

describe('AddedVocabulary', () => {
  it('gives the model’s ids to its tokens, the following ones to others, the first to what comes twice', () => {
    const vocabulary = vocabularyOf(['<new>'], ['b'], ['<newer>'], ['<new>', { special: false }]);
    expect(vocabulary.tokens.map(({ content, id }) => [content, id])).toEqual([
      ['b', 7],
      ['<new>', 10],
      ['<newer>', 11],
    ]);
    expect(vocabulary.get(10)!.special).toBe(false);
  });

  it('finds the leftmost, then the longest', () => {
    const vocabulary = vocabularyOf(['<s>'], ['<s>>'], ['s>>>']);
    expect(cut(vocabulary, 'x<s>>>y<s>')).toEqual(['x', ['<s>>', 11], '>y', ['<s>', 10]]);
    expect(cut(vocabulary, '')).toEqual([]);
  });

  it('takes white space along, but not what a token before has taken', () => {
    const vocabulary = vocabularyOf(['<l>', { lstrip: true }], ['<r>', { rstrip: true }]);
    // U+0085 is white space in Rust, U+FEFF is none; in JavaScript's \s it is the other way round.
    expect(cut(vocabulary, 'a \u0085\u3000<l> b<r>\n\ufeffc')).toEqual([
      'a',
      [' \u0085\u3000<l>', 10],
      ' b',
      ['<r>\n', 11],
      '\ufeffc',
    ]);
    expect(cut(vocabulary, '<r>  <l>')).toEqual([
      ['<r>  ', 11],
      ['<l>', 10],
    ]);
  });

  it('leaves out a token whose white space is taken; others are found in it again', () => {
    const spaces = vocabularyOf(['  ', { lstrip: true, rstrip: true }]);
    expect(cut(spaces, 'x    y')).toEqual(['x', ['    ', 10], 'y']);
    const lines = vocabularyOf(['<r>', { rstrip: true }], ['\n']);
    expect(cut(lines, '<r>\n y')).toEqual([['<r>\n ', 10], ['\n', 11], ' y']);
  });

  it('keeps single words apart, and goes on behind a match that does not count', () => {
    const vocabulary = vocabularyOf(['day', { single_word: true }], ['ay'], ['y-']);
    expect(cut(vocabulary, 'day-day_day')).toEqual([['day', 10], '-day_day']);
    expect(cut(vocabulary, 'éday𠮷 day')).toEqual(['éday𠮷 ', ['day', 10]]);
    expect(cut(vocabulary, 'may')).toEqual(['m', ['ay', 11]]);
  });

  it('passes over special tokens that are not allowed', () => {
    const vocabulary = vocabularyOf(['<a>'], ['<b>'], ['<c>', { special: false, normalized: false }]);
    expect(cut(vocabulary, '<a><b><c>', 'none')).toEqual(['<a><b>', ['<c>', 12]]);
    expect(cut(vocabulary, '<a><b><c>', ['<b>'])).toEqual(['<a>', ['<b>', 11], ['<c>', 12]]);
  });

  it('looks for normalized tokens in normalized text', () => {
    const vocabulary = new AddedVocabulary(
      [addedToken('Day', 0, { special: false })],
      model,
      readNormalizer({ type: 'Lowercase' }),
    );
    expect(vocabulary.split('a day', 'normalized', undefined)).toEqual([0, 2, noToken, 2, 5, 10]);
    expect(vocabulary.split('a day', 'raw', undefined)).toEqual([0, 5, noToken]);
    expect(vocabulary.decodedContent(10)).toBe('day');
  });

  it('names a special token that is disallowed, and where it stands', () => {
    const vocabulary = vocabularyOf(['<a>'], ['<b>']);
    const check = (text: string, allowed: AllowedSpecial, disallowedSpecial: 'all' | string[]) =>
      vocabulary.checkDisallowed(text, { disallowedSpecial }, allowedTest(allowed));
    expect(() => check('x<a>', 'none', 'all')).toThrow(
      expect.objectContaining({ code: 'bad-input', values: { token: '<a>', position: 1 } }),
    );
    expect(() => check('x<a>', 'all', 'all')).not.toThrow();
    expect(() => check('x<a><b>', ['<a>'], 'all')).toThrow(/"<b>" at position 4/);
    expect(() => check('x<a>', 'all', ['<a>'])).toThrow(/"<a>" at position 1/);
    expect(() => check('x<a>', 'none', ['<b>'])).not.toThrow();
  });

  it('is linear where every token takes all of the white space that follows', () => {
    const vocabulary = vocabularyOf(['\n', { rstrip: true }], [' \n', { rstrip: true }]);
    const parts = vocabulary.split('\n '.repeat(200_000), 'raw', undefined);
    expect(parts.length / 3).toBe(200_000);
  });
});
