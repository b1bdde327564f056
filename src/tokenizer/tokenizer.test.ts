import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJSON, type Tokenizer, trainBpe, trainChar } from './index.ts';

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
        const whole = tokenizer.decode(ids);
        const stream = tokenizer.createDecoder();
        let text = '';
        for (const id of ids) {
          text += stream.push(id);
          expect(whole.startsWith(text)).toBe(true);
          expect(/[\uD800-\uDBFF]$/.test(text)).toBe(false);
        }
        expect(text + stream.flush()).toBe(whole);
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

  it('can be left out of the text', () => {
    const ids = tokenizer.encode('a<|im_end|>b');
    expect(tokenizer.decode(ids)).toBe('a<|im_end|>b');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('ab');
    expect(tokenizer.byteLength(2)).toBe(0);
  });

  it('ids outside the vocabulary are an error', () => {
    expect(() => tokenizer.decode([330])).toThrow(/token id 330 is outside the vocabulary/);
    expect(() => tokenizer.decode([-1])).toThrow(/outside/);
  });
});

describe('hostile text', () => {
  it.each(['a', '_', ' ', '\n', '中', '\u0301', '1', '😀'])('a million of %j', (char) => {
    const text = char.repeat(1_000_000 / char.length);
    const tokenizer = kinds[1]![1];
    expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
  });
});
