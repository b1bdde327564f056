import { describe, expect, it } from 'vitest';
import type { Json } from '../types.ts';
import { patternJson } from './patterns.ts';
import { readPreTokenizer } from './read.ts';

const cut = (json: Json, text: string) => [...readPreTokenizer(json).split([text])];
const split = (behavior: string, invert = false) => ({ type: 'Split', pattern: { String: '-' }, behavior, invert });

describe('pre-tokenizers', () => {
  // The examples of Hugging Face's documentation of SplitDelimiterBehavior.
  it.each([
    ['Removed', ['the', 'final', 'countdown']],
    ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
    ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
    ['MergedWithNext', ['the', '-final', '-', '-countdown']],
    ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
  ])('Split %s', (behavior, expected) => expect(cut(split(behavior), 'the-final--countdown')).toEqual(expected));

  it('Split inverted keeps what matches', () => expect(cut(split('Removed', true), 'a-b--')).toEqual(['-', '-', '-']));

  it('ByteLevel adds a space in front and cuts as GPT-2', () => {
    expect(cut({ type: 'ByteLevel' }, "it's 12  ok")).toEqual([' it', "'s", ' 12', ' ', ' ok']);
    expect(cut({ type: 'ByteLevel', add_prefix_space: false, use_regex: false }, 'a b')).toEqual(['a b']);
  });

  it('han-char isolates Han characters only', () => {
    expect(cut(patternJson('han-char'), '明月 moon𠮷，々かな。\n')).toEqual([
      '明',
      '月',
      ' moon',
      '𠮷',
      '，',
      '々',
      'かな',
      '。\n',
    ]);
  });

  it.each([
    [{ type: 'BertPreTokenizer' }, 'unsupported', /pre_tokenizer\.type: unknown pre-tokenizer 'BertPreTokenizer'/],
    [{ type: 'Sequence', pretokenizers: [{ type: 'Nope' }] }, 'unsupported', /pre_tokenizer\.pretokenizers\[0\]\.type/],
    [{ type: 'Sequence' }, 'bad-file', /pre_tokenizer\.pretokenizers: expected a list/],
    [{ type: 'Split', pattern: 'x' }, 'bad-file', /pre_tokenizer\.pattern/],
    [{ type: 'Split', pattern: { String: 'x' }, behavior: 'Odd' }, 'bad-file', /unknown behavior/],
    [{}, 'bad-file', /pre_tokenizer\.type: expected the name/],
  ])('refuses %j', (json, code, message) => {
    expect(() => readPreTokenizer(json)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
