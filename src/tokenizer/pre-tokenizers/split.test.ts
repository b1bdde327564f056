import { describe, expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';
import { readPreTokenizer } from './read.ts';
import { isSplitStep } from './split.ts';

const split = (pattern: object, behavior: string, invert = false) =>
  checkedCut({ type: 'Split', pattern, behavior, invert });

describe('Split', () => {
  // The examples of Hugging Face's documentation of SplitDelimiterBehavior.
  it.each([
    ['Removed', ['the', 'final', 'countdown']],
    ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
    ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
    ['MergedWithNext', ['the', '-final', '-', '-countdown']],
    ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
  ])('%s', (behavior, expected) => expect(split({ String: '-' }, behavior)('the-final--countdown')).toEqual(expected));

  it('inverted, it keeps what matches', () => {
    expect(split({ Regex: '[a-z]+' }, 'Removed', true)('ab-c--')).toEqual(['ab', 'c']);
  });

  it('an empty match cuts', () => {
    expect(split({ Regex: '(?=(\\d{3})+(?!\\d))' }, 'Isolated')('a1234567b')).toEqual(['a1', '234', '567b']);
    expect(split({ String: '' }, 'Removed')('a𠮷')).toEqual(['a', '𠮷']);
  });

  it('shows what it cuts by', () => {
    const [step] = readPreTokenizer({ type: 'Split', pattern: { Regex: 'x' }, behavior: 'Isolated' }).steps;
    expect(step && isSplitStep(step) && step.split).toEqual({
      source: 'x',
      literal: undefined,
      behavior: 'Isolated',
      invert: false,
    });
  });

  it.each([
    [{ pattern: 'x' }, /pre_tokenizer\.pattern: expected \{"Regex"/],
    [{ pattern: { String: 'x' }, behavior: 'Odd' }, /pre_tokenizer\.behavior: expected one of Removed, /],
    [{ pattern: { String: 'x' } }, /pre_tokenizer\.behavior/],
    [{ pattern: { Regex: '(' }, behavior: 'Isolated' }, /pre_tokenizer\.pattern\.Regex/],
  ])('refuses %j', (options, message) => {
    expect(() => readPreTokenizer({ type: 'Split', ...options })).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringMatching(message) }),
    );
  });
});
