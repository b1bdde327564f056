import { describe, expect, it } from 'vitest';
import { WordCounter } from '../bpe/word-counter.ts';
import { fromJSON } from '../hf/read.ts';
import { trainUnigram, unigramPlan } from './unigram.ts';

const texts = [
  'the lower lowers the lowest low, the newer news of the newest new.',
  'a widest width, a wide world: the widow widens!',
  '床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。',
  '明月幾時有？把酒問青天。明月明月，低頭思故鄉。',
];

const tokensOf = ({ vocabSize, idToToken }: ReturnType<typeof trainUnigram>) =>
  Array.from({ length: vocabSize }, (_, id) => idToToken(id)!);

describe('trainUnigram', () => {
  const tokenizer = trainUnigram({ texts, vocabSize: 68, characterCoverage: 1 });

  it('learns pieces after the special tokens, the likeliest first', () => {
    const tokens = tokensOf(tokenizer);
    expect(tokens.slice(0, 4)).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<unk>']);
    expect(tokens).toEqual(expect.arrayContaining(['▁lower', '明月']));
    expect(new Set(tokens).size).toBe(68);
    const { vocab } = tokenizer.toJSON().model as unknown as { vocab: [string, number][] };
    const scores = vocab.slice(4).map(([, score]) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(tokenizer.specialTokens).toEqual({ bos: 0, eos: 0, pad: 0, unk: 3 });
  });

  it('writes a text back, and the same after saving', () => {
    const again = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    for (const text of texts) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.normalize('NFKC'));
      expect(again.encode(text)).toEqual(tokenizer.encode(text));
    }
    expect(tokenizer.encode('the Ω')).toContain(3);
  });

  it('never takes text for a special token', () => {
    for (const token of ['<|im_start|>', '<unk>', 'the <|endoftext|> new']) {
      const ids = tokenizer.encode(token, { allowedSpecial: 'none' });
      expect(Math.min(...ids)).toBeGreaterThan(3);
      expect(tokenizer.decode(ids)).toBe(token);
    }
  });

  it('loses nothing with byte fallback', () => {
    const lossless = trainUnigram({
      texts,
      vocabSize: 324,
      byteFallback: true,
      characterCoverage: 0.95,
      userDefinedSymbols: ['<tool>'],
    });
    for (const text of ['two  spaces\n\tand 😀 <0x0A>', 'ﬁ Ω<tool> b<tool>c', ' lead', '  trail  ', '', '\u0301'])
      expect(lossless.decode(lossless.encode(text))).toBe(text);
    expect(lossless.encode('a<tool>b')).toContain(lossless.tokenToId('<tool>'));
    expect(lossless.encode('<0x0A>')).not.toContain(lossless.tokenToId('<0x0A>'));
    expect(lossless.encode('\n')).toContain(lossless.tokenToId('<0x0A>'));
  });

  it('takes counts from elsewhere, in whatever parts', () => {
    const options = { vocabSize: 64, characterCoverage: 1 };
    const [whole, first, second] = [0, 1, 2].map(() => new WordCounter(unigramPlan(options)));
    for (const text of texts) whole!.add(text);
    for (const [i, text] of texts.entries()) (i % 2 === 0 ? second! : first!).add(text);
    first!.merge(second!);
    expect(trainUnigram({ ...options, texts: first! }).toJSON()).toEqual(
      trainUnigram({ ...options, texts: whole! }).toJSON(),
    );
  });

  it('keeps to the rules for pieces', () => {
    const digits = trainUnigram({
      texts: [...texts, '12 123 1234 12 123'],
      vocabSize: 72,
      characterCoverage: 1,
      splitDigits: true,
    });
    expect(tokensOf(digits).filter((token) => /^\d\d/.test(token))).toEqual([]);
    const short = trainUnigram({ texts, vocabSize: 64, characterCoverage: 1, maxPieceLength: 2 });
    expect(
      Math.max(
        ...tokensOf(short)
          .slice(4)
          .map((token) => token.length),
      ),
    ).toBe(2);
    const all = trainUnigram({ texts, vocabSize: 68, characterCoverage: 1, allSeeds: true });
    expect(all.encode(texts.join(' ')).length).toBeLessThanOrEqual(tokenizer.encode(texts.join(' ')).length);
  });

  it('takes a text that is one long word', () => {
    let state = 7;
    const pick = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return '的一是不了人我在有他'[(state >> 16) % 10];
    };
    const text = Array.from({ length: 60_000 }, pick).join('');
    const long = trainUnigram({ texts: [text], vocabSize: 300, specialTokens: ['<unk>'], characterCoverage: 1 });
    expect(long.encode(text).length).toBeLessThan(text.length / 2);
    expect(long.decode(long.encode(text))).toBe(text);
  });

  it('reports progress', () => {
    const seen: number[] = [];
    trainUnigram({ texts, vocabSize: 64, characterCoverage: 1, progress: (pieces) => seen.push(pieces) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  it('names the largest vocabulary that the corpus yields', () => {
    let most = 0;
    try {
      trainUnigram({ texts, vocabSize: 5000 });
    } catch (error) {
      most = (error as { values: { most: number } }).values.most;
    }
    expect(trainUnigram({ texts, vocabSize: most }).vocabSize).toBe(most);
    expect(() => trainUnigram({ texts, vocabSize: most + 1 })).toThrow(`at most ${most}`);
  });

  it.each([
    [{ texts: [], vocabSize: 300 }, /corpus .* is empty/],
    [{ texts: ['', ''], vocabSize: 300 }, /corpus .* is empty/],
    [{ texts, vocabSize: 20 }, /vocabulary size 20: the characters alone need \d+/],
    [{ texts, vocabSize: 3 }, /vocabSize 3: expected a whole number from 5/],
    [{ texts, vocabSize: 300, shrinkingFactor: 1 }, /shrinkingFactor 1: expected from 0.5 to 0.95/],
    [{ texts, vocabSize: 300, characterCoverage: 1.1 }, /characterCoverage 1.1/],
    [{ texts, vocabSize: 300, maxPieceLength: 0 }, /maxPieceLength 0/],
    [{ texts, vocabSize: 300, userDefinedSymbols: ['a', 'a'] }, /'a' is given twice/],
  ])('refuses %j', (options, message) => {
    expect(() => trainUnigram(options)).toThrow(
      expect.objectContaining({ name: 'AthanorError', code: 'bad-input', message: expect.stringMatching(message) }),
    );
  });
});
