import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../bpe/train.ts';
import { fromJSON } from '../hf/read.ts';
import { tiktokenEncodings, tiktokenNames } from './encodings.ts';
import { mergesFromRanks } from './merges.ts';
import { writeRanks } from './ranks.ts';
import { fromRanks, fromTiktoken } from './read.ts';
import { toTiktoken } from './write.ts';

// That ids are tiktoken's is tested in tests/golden/tokenizer/formats.
const bytes = Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte] as const);
const ranks = (...tokens: string[]) => new Map([...bytes, ...tokens.map((token, i) => [token, 256 + i] as const)]);

/** tiktoken's byte_pair_merge, word for word: the lowest rank of all neighbours, the leftmost first. */
function mergeNaively(known: ReadonlyMap<string, number>, text: string): number[] {
  const parts = [...text];
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = known.get(parts[i]! + parts[i + 1]!);
      if (rank !== undefined && (best < 0 || rank < known.get(parts[best]! + parts[best + 1]!)!)) best = i;
    }
    if (best < 0) return parts.map((part) => known.get(part)!);
    parts.splice(best, 2, parts[best]! + parts[best + 1]!);
  }
}

describe('fromTiktoken', () => {
  it('joins what is a token together, and takes a piece that is one whole', () => {
    const tokenizer = fromRanks(ranks('bc', 'ab', 'abc', 'xyz'), { pattern: '\\p{L}+|[^\\p{L}]+' });
    expect(tokenizer.encode('abc')).toEqual([258]);
    expect(tokenizer.encode('xyz')).toEqual([259]); // no merge leads there
    expect(tokenizer.encode('xyzz')).toEqual([120, 121, 122, 122]);
    expect(tokenizer.decode(tokenizer.encode('naïve \ud800\0'))).toBe('naïve \ufffd\0');
  });

  it('gives the ids of tiktoken for any ranks of any tokens', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(token, { maxLength: 40 }), fc.array(token, { maxLength: 12 }), (tokens, words) => {
        const known = ranks(...tokens);
        const tokenizer = fromRanks(known, { pattern: '[a-c]+' });
        const read = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
        const text = words.join('');
        const whole = known.get(text);
        const expected = text === '' ? [] : whole === undefined ? mergeNaively(known, text) : [whole];
        expect(tokenizer.encode(text)).toEqual(expected);
        expect(read.encode(text)).toEqual(expected);
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  it('keeps the ids of special tokens, also in holes and beyond the ranks', () => {
    const specialTokens = { '<|a|>': 300, '<|b|>': 256 };
    const text = writeRanks(new Map([...bytes, ['ab', 257]]));
    const tokenizer = fromTiktoken(text, { pattern: '\\S+|\\s+', specialTokens });
    const read = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    for (const one of [tokenizer, read]) {
      expect(one.encode('ab<|b|><|a|>')).toEqual([257, 256, 300]);
      expect(one.decode([257, 256, 300])).toBe('ab<|b|><|a|>');
      expect(one.vocabSize).toBe(301);
    }
    // The piece is spelled like a special token, which it is not.
    expect(tokenizer.encode('<|a|>', { allowedSpecial: 'none' })).toEqual([60, 124, 97, 124, 62]);
  });

  it('knows the pattern and special tokens of the encodings by name', () => {
    expect(tiktokenNames).toContain('o200k_harmony');
    expect(tiktokenEncodings.o200k_harmony.specialTokens).toMatchObject({
      '<|startoftext|>': 199998,
      '<|call|>': 200012,
      '<|reserved_201087|>': 201087,
      '<|endofprompt|>': 200018,
    });
    const tokenizer = fromRanks(ranks(), { name: 'gpt2' });
    expect(tokenizer.specialTokens).toEqual({ eos: 50256 });
    expect(tokenizer.encode('a<|endoftext|>')).toEqual([97, 50256]);
  });

  it.each<[string, string, object, string, RegExp]>([
    ['no pattern', 'YQ== 0', {}, 'bad-input', /give its pattern/],
    ['a name that is none', 'YQ== 0', { name: 'gpt5' }, 'bad-input', /unknown tiktoken encoding 'gpt5'/],
    [
      'a line of three words',
      'YQ== 0\nYg== 1 2',
      { pattern: 'a' },
      'bad-file',
      /line 2: expected `base64 rank`, found "Yg== 1 2"/,
    ],
    ['base64 that is none', 'Y=Q= 0', { pattern: 'a' }, 'bad-file', /line 1: expected base64/],
    ['a rank beyond all bounds', 'YQ== 99999999', { pattern: 'a' }, 'bad-file', /line 1: rank 99999999 is larger/],
    ['a rank twice', 'YQ== 0\n\nYg== 0', { pattern: 'a' }, 'bad-file', /line 3: rank 0 was there before, in line 1/],
    ['a token twice', 'YQ== 0\nYQ== 1', { pattern: 'a' }, 'bad-file', /line 2: the token was there before/],
    ['a byte that is missing', 'YQ== 0', { pattern: 'a' }, 'bad-file', /no token is the single byte 0/],
    [
      'a special token on the id of another',
      writeRanks(ranks()),
      { pattern: 'a', specialTokens: { '<s>': 5 } },
      'bad-file',
      /rank 5: is the id of the special token "<s>" too/,
    ],
  ])('refuses %s', (_name, text, options, code, message) => {
    expect(() => fromTiktoken(text, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('mergesFromRanks', () => {
  it('lists all splits of each token, by its rank and the ranks of its parts', () => {
    const { left, right, result } = mergesFromRanks(
      new Map([
        ['a', 0],
        ['b', 1],
        ['ab', 4],
        ['ba', 2],
        ['aba', 9],
      ]),
    );
    expect([...result]).toEqual([2, 4, 9, 9]);
    expect([...left]).toEqual([1, 0, 0, 4]);
    expect([...right]).toEqual([0, 1, 2, 0]);
  });
});

describe('toTiktoken', () => {
  it('writes what tiktoken needs to give the ids of a tokenizer of ours', () => {
    const trained = trainBpe({ texts: ['low lower lowest newest widest'], vocabSize: 275, pattern: 'gpt4' });
    const file = toTiktoken(trained);
    expect(file.specialTokens).toMatchObject({ '<|endoftext|>': trained.specialTokens.eos });
    const again = fromTiktoken(file.ranks, { pattern: file.pattern, specialTokens: file.specialTokens });
    for (const text of ['low lowest', 'newer  widely\n', '<|endoftext|>x'])
      expect(again.encode(text)).toEqual(trained.encode(text));
  });

  it('refuses what tiktoken does not have', () => {
    const json = trainBpe({ texts: ['low lower'], vocabSize: 265 }).toJSON();
    const refused = (change: object) => () => toTiktoken(fromJSON({ ...json, ...change }));
    expect(refused({ normalizer: { type: 'NFC' } })).toThrow(/normalizer changes the text/);
    expect(refused({ pre_tokenizer: null })).toThrow(/pre_tokenizer is not one pattern before ByteLevel/);
    expect(refused({ model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' } })).toThrow(/no byte-level BPE/);
    const model = json.model as unknown as { merges: unknown[] };
    const reversed = { ...model, merges: [...model.merges].reverse() };
    expect(refused({ model: reversed })).toThrow(/makes token \d+ after token \d+/);
  });
});
