import { describe, expect, it } from 'vitest';
import { AlignedText } from '../aligned-text.ts';
import { type SpmNormalizerOptions, spmNormalizer } from './normalizer.ts';
import { UnitTrie } from './trie.ts';

// Texts through real character maps are compared with SentencePiece in tests/golden/tokenizer/formats.
const make = (change: Partial<SpmNormalizerOptions> = {}) =>
  spmNormalizer({ addDummyPrefix: true, removeExtraWhitespaces: true, escapeWhitespaces: true, ...change });

describe('spmNormalizer', () => {
  it.each<[string, Partial<SpmNormalizerOptions>, string]>([
    ['  a  b ', {}, '▁a▁b'],
    ['  a  b ', { removeExtraWhitespaces: false }, '▁▁▁a▁▁b▁'],
    ['  a  b ', { addDummyPrefix: false }, 'a▁b'],
    ['  a  b ', { escapeWhitespaces: false }, ' a b'],
    ['  a  b ', { treatWhitespaceAsSuffix: true }, 'a▁b▁'],
    [' a▁▁', {}, '▁a'],
    ['   ', {}, ''],
    ['', { removeExtraWhitespaces: false }, ''],
    ['a b  c', { userDefined: new UnitTrie([['b  ', 0]]) }, '▁a▁b▁▁c'],
  ])('%j with %j is %j', (text, options, expected) => {
    const normalizer = make(options);
    expect(normalizer.normalize(text)).toBe(expected);
    expect(normalizer.align(AlignedText.of(text)).text).toBe(expected);
  });

  it('tells where characters come from, as norm_to_orig does', () => {
    const aligned = make().align(AlignedText.of('  \u{1f600}  b '));
    expect(aligned.text).toBe('▁\u{1f600}▁b');
    // The dummy prefix has nothing; ▁ between words has all the spaces that it stands for.
    expect([...aligned.starts]).toEqual([2, 2, 2, 4, 6]);
    expect([...aligned.ends]).toEqual([2, 4, 4, 6, 7]);
  });
});
