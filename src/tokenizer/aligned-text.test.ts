import { describe, expect, it } from 'vitest';
import { AlignedEdit, AlignedText } from './aligned-text.ts';

const places = (text: AlignedText) => Array.from(text.starts, (start, i) => `${start}-${text.ends[i]}`).join(' ');
const part = (text: string, from: number) => AlignedText.of(text).slice(from, text.length);

describe('AlignedText', () => {
  it('both units of a pair stand for both', () => {
    expect(places(AlignedText.of('a𠮷b'))).toBe('0-1 1-3 1-3 3-4');
  });

  it('a slice keeps its places and knows where it begins', () => {
    const slice = part('ab𠮷c', 2);
    expect([slice.text, places(slice), slice.origin]).toEqual(['𠮷c', '2-4 2-4 4-5', 2]);
    expect(slice.slice(2, 3).originalSpan(0, 1)).toEqual([4, 5]);
    expect(slice.originalSpan(0, 3)).toEqual([2, 5]);
    expect(slice.originalSpan(1, 1)).toBeUndefined();
    expect(slice.originalSpan(0, 9)).toBeUndefined();
  });

  it('transform: 0 replaces, 1 is put in, -n swallows', () => {
    // HF's example: "élégant" with its accents put in, then taken away.
    const text = AlignedText.of('abcd').transform([
      ['x', 0],
      ['y', 1],
      ['z', -2],
    ]);
    expect([text.text, places(text)]).toEqual(['xyz', '0-1 0-1 1-2']);
    expect(places(AlignedText.of('abcd').transform([['d', 0]], 3))).toBe('3-4');
    expect(places(part('abcd', 2).transform([['!', 1]]))).toBe('2-2'); // in front of everything
  });

  it('more changes than characters repeat the last one instead of running out', () => {
    expect(places(AlignedText.of('a').transform([['b', 0], ['c', 0]]))).toBe('0-1 0-1'); // biome-ignore format: short
  });

  it('mapCharacters: of equal length, of other length, nothing', () => {
    const text = part('xABc', 1);
    const lower = text.mapCharacters((code) => (code < 97 ? String.fromCharCode(code + 32) : undefined));
    expect([lower.text, places(lower), lower.origin]).toEqual(['abc', '1-2 2-3 3-4', 1]);
    const mixed = text.mapCharacters((code) => ({ 65: 'a', 66: '', 99: 'ccc' })[code]);
    expect([mixed.text, places(mixed)]).toEqual(['accc', '1-2 3-4 3-4 3-4']);
    expect(text.mapCharacters(() => undefined)).toBe(text);
  });

  it('replace: in the place of the last character, or of the one before an empty match', () => {
    const text = part('_abbc', 1);
    expect(places(text.replace([1, 3], 'xyz'))).toBe('1-2 3-4 3-4 3-4 4-5');
    expect(places(text.replace([0, 0, 4, 4], '-'))).toBe('1-1 1-2 2-3 3-4 4-5 4-5');
    expect(text.replace([1, 3], '').text).toBe('ac');
    expect(text.replace([], 'x')).toBe(text);
  });

  it('prepend and append share the place of their neighbour', () => {
    const text = part('_ab', 1);
    expect([text.prepend('▁x').text, places(text.prepend('▁x'))]).toEqual(['▁xab', '1-2 1-2 1-2 2-3']);
    expect([text.append('!?').text, places(text.append('!?'))]).toEqual(['ab!?', '1-2 2-3 2-3 2-3']);
    const empty = AlignedText.of('');
    expect(empty.prepend('x').text).toBe('');
    expect(places(empty.append('x'))).toBe('0-0');
  });

  it('trim begins where it began, a slice where its first character did', () => {
    const text = AlignedText.of('  ab');
    expect([text.trim(2, 4).origin, text.trim(2, 4).slice(0, 2).origin]).toEqual([0, 2]);
    expect(places(text.trim(2, 4))).toBe('2-3 3-4');
  });

  it('an edit grows as far as it needs', () => {
    const edit = new AlignedEdit(AlignedText.of('ab'));
    edit.keepTo(1);
    edit.write('x'.repeat(500), 1);
    edit.skipTo(2);
    const { text, ends } = edit.finish();
    expect([text.length, ends[0], ends[500]]).toEqual([501, 1, 2]);
  });
});
