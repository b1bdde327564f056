import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectPrefixes } from '../../tests/helpers/decoded.ts';
import { readDecoder } from './decoders/read.ts';
import { type EncodeOptions, fromJSON, type Tokenizer, trainBpe, trainChar } from './index.ts';
import { createBpe } from './models/bpe.ts';
import { readPreTokenizer } from './pre-tokenizers/read.ts';
import { createTokenizer, type TokenizerParts } from './tokenizer.ts';
import type { Model } from './types.ts';

const texts = ['床前明月光，疑是地上霜。\n举头望明月', 'the quick brown fox 😀', 'function f(x) { return x; }'];
const kinds: [string, Tokenizer][] = [
  ['gpt2', trainBpe({ texts, vocabSize: 330 })],
  ['gpt4', trainBpe({ texts, vocabSize: 330, pattern: 'gpt4' })],
  ['han-char', trainBpe({ texts, vocabSize: 330, pattern: 'han-char' })],
];
/** Any string at all: code units, so lone surrogates and NUL too, between pieces that the merges know. */
const anyString = fc
  .array(
    fc.oneof(
      fc.constantFrom(...texts, '<|im_end|>', '\0', '👩‍👩‍👧', ' '),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));
const asUtf8 = (text: string) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));

describe.each(kinds)('byte-level tokenizer %s', (_, tokenizer) => {
  it('decodes what it encoded, for any string; ids are in range', () => {
    fc.assert(
      fc.property(anyString, fc.constantFrom('all' as const, 'none' as const), (text, allowedSpecial) => {
        const ids = tokenizer.encode(text, { allowedSpecial });
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize)).toBe(true);
        expect(tokenizer.decode(ids)).toBe(asUtf8(text));
        if (allowedSpecial === 'none') {
          expect(ids.reduce((bytes, id) => bytes + tokenizer.byteLength(id), 0)).toBe(
            new TextEncoder().encode(text).length,
          );
        }
      }),
    );
  });

  it('streams prefixes of the whole text for any ids, and all of it in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 30 }), (ids) => {
        expectPrefixes(tokenizer.createDecoder(), ids, tokenizer.decode(ids));
      }),
    );
  });

  it('is the same after saving and loading', () => {
    const again = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())), { eos_token: '<|endoftext|>' });
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    expect(again.specialTokens).toEqual({ eos: 0 });
    for (const text of texts) expect(again.encode(text)).toEqual(tokenizer.encode(text));
  });
});

describe('character tokenizer', () => {
  const tokenizer = trainChar({ texts });

  it('gives each character a token, in Unicode order after the special ones', () => {
    expect(tokenizer.specialTokens).toEqual({ bos: 0, eos: 0, pad: 0, unk: 1 });
    expect(tokenizer.idToToken(2)).toBe('\n');
    expect(tokenizer.encode('明月\n😀 f')).toHaveLength(6);
    expect(tokenizer.decode(tokenizer.encode(texts.join('\n')))).toBe(texts.join('\n'));
    expect(tokenizer.vocabSize).toBe(2 + new Set([...texts.join('')]).size);
  });

  it('maps characters that the corpus has not, and lone surrogates, to unk', () => {
    expect(tokenizer.encode('Z\ud800龍')).toEqual([1, 1, 1]);
    expect(tokenizer.byteLength(1)).toBe(0);
    expect(tokenizer.byteLength(tokenizer.tokenToId('明')!)).toBe(3);
  });

  it('is the same after saving and loading', () => {
    const again = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    expect(again.encode(texts[0]!)).toEqual(tokenizer.encode(texts[0]!));
    expect(again.specialTokens).toEqual({ unk: 1 });
  });

  it('refuses an empty corpus', () => expect(() => trainChar({ texts: [] })).toThrow(/empty/));
});

describe('special tokens', () => {
  const tokenizer = kinds[0]![1];

  it('are ids where allowed, ordinary text elsewhere', () => {
    expect(tokenizer.encode('<|im_start|><|im_end|>')).toEqual([1, 2]);
    expect(tokenizer.encode('<|im_end|>', { allowedSpecial: 'none' }).length).toBeGreaterThan(1);
    expect(tokenizer.encode('<|im_start|><|im_end|>', { allowedSpecial: new Set(['<|im_end|>']) }).at(-1)).toBe(2);
    expect(tokenizer.encode('<|i#m_end|>', { literalMark: '#' })).toEqual(
      tokenizer.encode('<|im_end|>', { allowedSpecial: 'none' }),
    );
  });

  it('are an error where disallowed', () => {
    const encode = (options: EncodeOptions) => () => tokenizer.encode('x<|im_end|>', options);
    const error = expect.objectContaining({ code: 'bad-input', values: { token: '<|im_end|>', position: 1 } });
    expect(encode({ allowedSpecial: 'none', disallowedSpecial: 'all' })).toThrow(error);
    expect(encode({ disallowedSpecial: ['<|im_end|>'] })).toThrow(error);
    expect(encode({ allowedSpecial: ['<|im_end|>'], disallowedSpecial: 'all' })).not.toThrow();
    expect(() => tokenizer.encodeFull('', { pair: '<|im_end|>', disallowedSpecial: ['<|im_end|>'] })).toThrow(
      /position 0/,
    );
  });

  it('can be left out of the text', () => {
    const ids = tokenizer.encode('a<|im_end|>b');
    expect(tokenizer.decode(ids)).toBe('a<|im_end|>b');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('ab');
    expect(tokenizer.byteLength(2)).toBe(0);
    expect(tokenizer.decodeBatch([ids, []], { skipSpecialTokens: true })).toEqual(['ab', '']);
  });

  it('ids outside the vocabulary are an error', () => {
    expect(() => tokenizer.decode([330])).toThrow(/token id 330 is outside the vocabulary/);
    expect(() => tokenizer.decode([-1])).toThrow(/outside/);
  });
});

describe('encodings', () => {
  const tokenizer = kinds[1]![1];

  it('have the same ids as encode, and offsets of whole characters that cover the text, for any string', () => {
    fc.assert(
      fc.property(anyString, fc.constantFrom('all' as const, 'none' as const), (text, allowedSpecial) => {
        const { ids, tokens, offsets, word_ids } = tokenizer.encodeFull(text, { allowedSpecial });
        expect(ids).toEqual(tokenizer.encode(text, { allowedSpecial }));
        expect(tokens).toEqual(ids.map((id) => tokenizer.idToToken(id)));
        let end = 0;
        for (const [i, span] of offsets.entries()) {
          expect(span[0]).toBeLessThanOrEqual(end);
          expect(span[1]).toBeGreaterThanOrEqual(end);
          expect(word_ids[i]).toBeGreaterThanOrEqual(word_ids[i - 1] ?? 0);
          end = span[1];
        }
        expect(end).toBe(text.length);
      }),
    );
  });

  it('refer to the string that was given, lone surrogates and removed marks included', () => {
    const { ids, offsets } = tokenizer.encodeFull('a\ud800<|i#m_end|><|im_end|>', { literalMark: '#' });
    const plain = tokenizer.encode('a\uFFFD<|im_end|>', { allowedSpecial: 'none' });
    expect(ids).toEqual([...plain, tokenizer.tokenToId('<|im_end|>')]);
    expect(offsets.slice(0, 4)).toEqual([
      [0, 1],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(offsets.at(-1)).toEqual([13, 23]);
  });

  it('refuse settings that are none', () => {
    const encode = (options: object) => () => tokenizer.encodeFull('hello world', options);
    const badInput = (place: string) => expect.objectContaining({ code: 'bad-input', place });
    expect(encode({ truncation: { max_length: Number.NaN } })).toThrow(badInput('truncation.max_length'));
    expect(encode({ truncation: { max_length: 3, stride: 0.5 } })).toThrow(badInput('truncation.stride'));
    expect(encode({ truncation: { max_length: 3, strategy: 'x' } })).toThrow(badInput('truncation.strategy'));
    expect(encode({ padding: { length: 1e12 } })).toThrow(badInput('padding.length'));
    expect(encode({ padding: { direction: 'up' } })).toThrow(badInput('padding.direction'));
  });
});

describe('counting', () => {
  it.each(kinds)('agrees with encode: %s', (_, tokenizer) => {
    fc.assert(
      fc.property(anyString, fc.nat(40), (text, limit) => {
        const { length } = tokenizer.encode(text);
        expect(tokenizer.count(text)).toBe(length);
        expect(tokenizer.isWithinTokenLimit(text, limit)).toBe(length <= limit ? length : false);
      }),
    );
  });

  it('does not encode a long text to its end', () => {
    let pieces = 0;
    const { model, ...parts } = partsOf(['a', 'b', ' ']);
    const counted: Model = {
      ...model,
      encodePiece(piece, ids, spans) {
        pieces++;
        model.encodePiece(piece, ids, spans);
      },
    };
    const tokenizer = createTokenizer({ ...parts, model: counted });
    expect(tokenizer.isWithinTokenLimit('ab '.repeat(100_000), 100)).toBe(false);
    expect(pieces).toBeLessThan(100);
    expect(tokenizer.count('ab '.repeat(1000))).toBe(2000);
  });
});

/** A tokenizer of characters, cut at white space. */
function partsOf(characters: readonly string[]): TokenizerParts {
  return {
    preTokenizer: readPreTokenizer({ type: 'WhitespaceSplit' }),
    model: createBpe({ vocab: new Map(characters.map((character, id) => [character, id])), merges: [] }),
    decoder: readDecoder(null),
    addedTokens: [],
  };
}

describe('hostile text', () => {
  it.each(['a', '_', ' ', '\n', '中', '\u0301', '1', '😀'])('a million of %j', (char) => {
    const text = char.repeat(1_000_000 / char.length);
    const tokenizer = kinds[1]![1];
    expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
  });
});
