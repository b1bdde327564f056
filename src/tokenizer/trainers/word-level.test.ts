import { describe, expect, it } from 'vitest';
import { trainWordLevel } from './word-level.ts';

const texts = ['b a b, c! \ue000 😀', 'b a <unk>'];

describe('trainWordLevel', () => {
  it('takes the most frequent words, ties by code point', () => {
    const tokenizer = trainWordLevel({ texts, preTokenizer: { type: 'WhitespaceSplit' } });
    const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id));
    expect(tokens).toEqual(['<|endoftext|>', '<unk>', 'a', 'b', 'b,', 'c!', '\ue000', '😀']);
    expect(tokenizer.encode('a x 😀')).toEqual([2, 1, 7]);
    expect(tokenizer.decode([2, 7])).toBe('a 😀');
  });

  it('keeps within the size and above the frequency', () => {
    expect(trainWordLevel({ texts, vocabSize: 4 }).toJSON().model?.vocab).toEqual({
      '<|endoftext|>': 0,
      '<unk>': 1,
      b: 2,
      a: 3,
    });
    expect(trainWordLevel({ texts, minFrequency: 3 }).vocabSize).toBe(3);
  });

  it.each([
    [{ texts: [' '] }, /corpus .* is empty/],
    [{ texts, vocabSize: 2 }, /vocabSize 2: expected a whole number from 3/],
  ])('refuses %j', (options, message) => {
    expect(() => trainWordLevel(options)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
    );
  });
});
