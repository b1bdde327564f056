import { describe, expect, it } from 'vitest';
import type { TokenizerJson } from '../types.ts';
import { trainBpe } from './train.ts';
import { WordCounter } from './word-counter.ts';

const model = (tokenizer: { toJSON(): TokenizerJson }) =>
  tokenizer.toJSON().model as unknown as { vocab: Record<string, number>; merges: [string, string][] };

describe('trainBpe', () => {
  const texts = ['low low low lower newest newest widest', '床前明月光，疑是地上霜。', '床前明月光'];

  it('puts special tokens first, then the bytes, then merges by count', () => {
    const tokenizer = trainBpe({ texts, vocabSize: 270, specialTokens: ['<|a|>', '<|b|>'] });
    expect(tokenizer.idToToken(0)).toBe('<|a|>');
    expect(tokenizer.idToToken(2)).toBe('!');
    expect(tokenizer.vocabSize).toBe(270);
    expect(model(tokenizer).merges[0]).toEqual(['l', 'o']); // four times, as (o, w); the smaller pair of ids wins
    expect(tokenizer.specialTokens).toEqual({ bos: 0, eos: 0, pad: 0 });
  });

  it('keeps merges inside a character with han-char', () => {
    const tokenizer = trainBpe({ texts, vocabSize: 1000, pattern: 'han-char' });
    expect(tokenizer.encode('明月')).toHaveLength(2);
    for (let id = 0; id < tokenizer.vocabSize; id++)
      expect(tokenizer.decode([id]).match(/\p{Script=Han}/gu)?.length ?? 0).toBeLessThan(2);
    expect(trainBpe({ texts, vocabSize: 1000 }).encode('床前明月光')).toHaveLength(1);
  });

  it('splits digits, and keeps user-defined symbols whole and out of the training text', () => {
    const numbers = ['in 2024 and 2024', 'a<sep>b a<sep>b', '2024<sep>2024'];
    const tokenizer = trainBpe({ texts: numbers, vocabSize: 400, splitDigits: true, userDefinedSymbols: ['<sep>'] });
    expect(tokenizer.encode('2024')).toHaveLength(4);
    expect(tokenizer.encode('a<sep>b').map((id) => tokenizer.idToToken(id))).toEqual(['a', '<sep>', 'b']);
    expect(tokenizer.decode(tokenizer.encode('x<sep> y'))).toBe('x<sep> y');
    for (const token of Object.keys(model(tokenizer).vocab))
      if (token !== '<sep>') expect(token).not.toMatch(/<s|sep|p>/);
  });

  it('learns on characters with byte fallback, as Llama', () => {
    const tokenizer = trainBpe({ texts, vocabSize: 330, alphabet: 'characters' });
    const { vocab } = model(tokenizer);
    expect(vocab['<0x00>']).toBe(3);
    expect(vocab['<0xFF>']).toBe(258);
    expect(vocab['▁low']).toBeGreaterThan(258);
    for (const text of ['low lower', '床前 明月光', 'žluťoučký 🐎\n\nnewest', 'a  b'])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode('🐎').map((id) => tokenizer.idToToken(id))).toEqual([
      '▁',
      '<0xF0>',
      '<0x9F>',
      '<0x90>',
      '<0x8E>',
    ]);
  });

  it('leaves rare characters out by coverage and limit', () => {
    const rare = ['aaaaaaaa bbbb c', 'aaaa'];
    const alphabetOf = (options: object) =>
      Object.keys(
        model(
          trainBpe({
            texts: rare,
            vocabSize: 400,
            alphabet: 'characters',
            byteFallback: false,
            specialTokens: [],
            ...options,
          }),
        ).vocab,
      ).filter((token) => [...token].length === 1);
    expect(alphabetOf({}).sort()).toEqual(['a', 'b', 'c', '▁']);
    expect(alphabetOf({ limitAlphabet: 2 }).sort()).toEqual(['a', 'b']);
    expect(alphabetOf({ characterCoverage: 0.9 }).sort()).toEqual(['a', 'b', '▁']);
    expect(alphabetOf({ characterCoverage: 0.5, initialAlphabet: ['z'] }).sort()).toEqual(['a', 'z']);
  });

  it('writes prefixes and suffixes of symbols', () => {
    const suffixed = trainBpe({ texts, vocabSize: 700, alphabet: 'characters', endOfWordSuffix: '</w>' });
    expect(model(suffixed).vocab['▁low</w>']).toBeDefined();
    expect(suffixed.decode(suffixed.encode('low newest'))).toBe('low newest');
    const prefixed = trainBpe({ texts, vocabSize: 900, continuingSubwordPrefix: '##' });
    expect(model(prefixed).merges).toContainEqual(['##o', '##w']);
    expect(prefixed.decode(prefixed.encode('low newest'))).toBe('low newest');
  });

  it('stops where the corpus has no more pairs, or none frequent enough', () => {
    expect(trainBpe({ texts: ['ab'], vocabSize: 1000, specialTokens: [] }).vocabSize).toBe(257);
    expect(trainBpe({ texts: ['ab ab cd'], vocabSize: 1000, specialTokens: [], minFrequency: 2 }).vocabSize).toBe(257);
  });

  it('is the same for counts collected in parts, in whatever order', () => {
    const [first, second] = [new WordCounter('gpt4'), new WordCounter('gpt4')];
    first.add(texts[2]!);
    first.add(texts[1]!);
    second.add(texts[0]!);
    second.merge(first);
    const once = trainBpe({ texts, vocabSize: 300, pattern: 'gpt4' });
    expect(trainBpe({ texts: second, vocabSize: 300 }).toJSON()).toEqual(once.toJSON());
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
    [
      { texts, vocabSize: 260, alphabet: 'characters' as const },
      /260: expected 28\d \(2\d characters, 256 bytes and 3 sp/,
    ],
    [{ texts, vocabSize: 300, specialTokens: ['a', 'a'] }, /'a' is given twice/],
    [{ texts, vocabSize: 300, specialTokens: ['a'], userDefinedSymbols: ['a'] }, /'a' is given twice/],
    [{ texts, vocabSize: 300, specialTokens: [''] }, /special token is empty/],
    [{ texts, vocabSize: 300, pattern: 'gtp4' }, /unknown pre-tokenization pattern 'gtp4'/],
    [{ texts, vocabSize: 300, pattern: '(' }, /missing '\)' at character 1/],
    [{ texts, vocabSize: 300, characterCoverage: 0.9 }, /character coverage needs an alphabet of characters/],
    [{ texts, vocabSize: 300, alphabet: 'characters' as const, characterCoverage: 2 }, /character coverage 2/],
    [{ texts, vocabSize: 300, maxTokenLength: 0 }, /largest token length 0/],
  ])('refuses %j', (options, message) => {
    expect(() => trainBpe(options)).toThrow(
      expect.objectContaining({ name: 'AthanorError', message: expect.stringMatching(message) }),
    );
  });
});
