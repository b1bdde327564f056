import { describe, expect, it } from 'vitest';
import { trainWordPiece } from './word-piece.ts';

const texts = ['Low low lower lowest, newer newest; widest.', '明月'];

describe('trainWordPiece', () => {
  const tokenizer = trainWordPiece({ texts, vocabSize: 60 });
  const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!);

  it('has special tokens, characters, characters inside words, then merges by count', () => {
    expect(tokens.slice(0, 9)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ',', '.', ';', 'd']);
    const first = tokens.indexOf('##d');
    expect(tokens[first - 1]).toBe('月');
    expect(tokens.slice(first, first + 8)).toEqual(['##d', '##e', '##i', '##o', '##r', '##s', '##t', '##w']);
    expect(tokens[first + 8]).toBe('lo'); // four times, as ##ow then; no pair is more frequent
    expect(tokenizer.specialTokens).toEqual({ bos: 2, eos: 3, pad: 0, unk: 1 });
  });

  it('is a BERT tokenizer', () => {
    const ids = tokenizer.encode('LOWER wídest x');
    expect(ids.map((id) => tokenizer.idToToken(id))).toEqual(['[CLS]', 'lower', 'widest', '[UNK]', '[SEP]']);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('lower widest [UNK]'.replace(' [UNK]', ''));
    expect(tokenizer.encodeFull('low', { pair: 'new' }).token_type_ids.at(-1)).toBe(1);
  });

  it('stops at rare pairs, and limits the alphabet', () => {
    const rare = trainWordPiece({ texts, vocabSize: 60, minFrequency: 4 });
    expect(rare.vocabSize).toBeLessThan(40);
    const few = trainWordPiece({ texts, vocabSize: 60, limitAlphabet: 4, initialAlphabet: 'x' });
    expect(few.tokenToId('x')).toBe(8);
    expect(few.tokenToId('月')).toBeUndefined();
    expect(few.encode('月', { addSpecialTokens: false })).toEqual([1]);
  });

  it('takes another prefix', () => {
    const other = trainWordPiece({
      texts,
      vocabSize: 60,
      continuingSubwordPrefix: '@',
      specialTokens: ['[UNK]'],
      lowercase: true,
    } as never);
    expect(other.tokenToId('@e')).toBeDefined();
    expect(other.decode(other.encode('lower'))).toBe('lower');
  });

  it.each([
    [{ texts: [], vocabSize: 300 }, /corpus .* is empty/],
    [{ texts, vocabSize: 20 }, /vocabulary size 20: special tokens and characters alone need 2\d/],
    [{ texts, vocabSize: 5 }, /vocabSize 5: expected a whole number from 6/],
    [{ texts, vocabSize: 50, limitAlphabet: 0 }, /limitAlphabet 0/],
  ])('refuses %j', (options, message) => {
    expect(() => trainWordPiece(options)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
    );
  });
});
