import { describe, expect, it } from 'vitest';
import { trainBpe } from './train.ts';
import { WordCounter } from './word-counter.ts';

describe('trainBpe', () => {
  const texts = ['low low low lower newest newest widest', '床前明月光，疑是地上霜。', '床前明月光'];

  it('puts special tokens first, then the bytes, then merges by count', () => {
    const tokenizer = trainBpe({ texts, vocabSize: 270, specialTokens: ['<|a|>', '<|b|>'] });
    expect(tokenizer.idToToken(0)).toBe('<|a|>');
    expect(tokenizer.idToToken(2)).toBe('!');
    expect(tokenizer.vocabSize).toBe(270);
    const { merges } = tokenizer.toJSON().model as unknown as { merges: [string, string][] };
    expect(merges[0]).toEqual(['l', 'o']); // four times, as (o, w); the smaller pair of ids wins
    expect(tokenizer.specialTokens).toEqual({ bos: 0, eos: 0, pad: 0 });
  });

  it('keeps merges inside a character with han-char', () => {
    const tokenizer = trainBpe({ texts, vocabSize: 1000, pattern: 'han-char' });
    expect(tokenizer.encode('明月')).toHaveLength(2);
    for (let id = 0; id < tokenizer.vocabSize; id++)
      expect(tokenizer.decode([id]).match(/\p{Script=Han}/gu)?.length ?? 0).toBeLessThan(2);
    expect(trainBpe({ texts, vocabSize: 1000 }).encode('床前明月光')).toHaveLength(1);
  });

  it('stops where the corpus has no more pairs, or none frequent enough', () => {
    expect(trainBpe({ texts: ['ab'], vocabSize: 1000, specialTokens: [] }).vocabSize).toBe(257);
    expect(trainBpe({ texts: ['ab ab cd'], vocabSize: 1000, specialTokens: [], minFrequency: 2 }).vocabSize).toBe(257);
  });

  it('is the same for counts collected in parts', () => {
    const [first, second] = [new WordCounter('gpt4'), new WordCounter('gpt4')];
    first.add(texts[0]!);
    for (const text of texts.slice(1)) second.add(text);
    first.merge(second.counts);
    const once = trainBpe({ texts, vocabSize: 300, pattern: 'gpt4' });
    expect(trainBpe({ texts: first, vocabSize: 300 }).toJSON()).toEqual(once.toJSON());
  });

  it('reports progress', () => {
    const seen: number[] = [];
    const many = Array.from({ length: 400 }, (_, i) => `${i} ${i * 7919}`);
    trainBpe({ texts: many, vocabSize: 1100, progress: (done) => seen.push(done) });
    expect(seen.length).toBeGreaterThan(0);
  });

  it.each([
    [{ texts: [], vocabSize: 300 }, /corpus .* is empty/],
    [{ texts: ['', ''], vocabSize: 300 }, /corpus .* is empty/],
    [{ texts, vocabSize: 256 }, /vocabulary size 256: expected 259/],
    [{ texts, vocabSize: 300.5 }, /vocabulary size/],
    [{ texts, vocabSize: 300, specialTokens: ['a', 'a'] }, /'a' is given twice/],
    [{ texts, vocabSize: 300, specialTokens: [''] }, /special token is empty/],
    [{ texts, vocabSize: 300, pattern: 'gtp4' }, /unknown pre-tokenization pattern 'gtp4'/],
    [{ texts, vocabSize: 300, pattern: '(' }, /regular expression/],
  ])('refuses %j', (options, message) => {
    expect(() => trainBpe(options)).toThrow(
      expect.objectContaining({ name: 'AthanorError', message: expect.stringMatching(message) }),
    );
  });
});
