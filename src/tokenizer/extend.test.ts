import { describe, expect, it } from 'vitest';
import { trainBpe } from './bpe/train.ts';
import { extendBpe } from './extend.ts';
import { fromJSON } from './hf/read.ts';
import type { Tokenizer } from './types.ts';

const english = [
  'the cat sat on the mat and the dog lay in the sun',
  'she sells sea shells by the sea shore, he said',
  'the quick brown fox jumps over the lazy dog again and again',
];
const chinese = [
  '床前明月光，疑是地上霜。',
  '舉頭望明月，低頭思故鄉。',
  '海上生明月，天涯共此時。',
  '明月幾時有？把酒問青天。',
];
const texts = [...english, ...chinese, 'the 明月 sat', 'A\u0301 \ud83d mixed\n\n  明月明月'];

/** New ids with every new token replaced by its pieces. */
function oldIds(ids: readonly number[], added: ReturnType<typeof extendBpe>['added']): number[] {
  const pieces = new Map(added.map((token) => [token.id, token.pieces]));
  return ids.flatMap((id) => pieces.get(id) ?? [id]);
}

const kinds: Record<string, () => Tokenizer> = {
  bytes: () => trainBpe({ texts: english, vocabSize: 330, pattern: 'gpt2' }),
  'characters that fall back to bytes': () => trainBpe({ texts: english, vocabSize: 330, alphabet: 'characters' }),
};

describe.each(Object.entries(kinds))('a vocabulary of %s', (_, make) => {
  const old = make();
  const { tokenizer, added } = extendBpe(old, { texts: [...chinese, ...chinese], add: 20 });

  it('gets tokens of the new language after its own', () => {
    expect(added).toHaveLength(20);
    expect(added.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (__, i) => old.vocabSize + i));
    expect(tokenizer.vocabSize).toBe(old.vocabSize + 20);
    for (let id = 0; id < old.vocabSize; id++) expect(tokenizer.idToToken(id)).toBe(old.idToToken(id));
    expect(new Set(added.map(({ content }) => content)).size).toBe(20);
    for (const { id, content, pieces } of added) {
      expect(tokenizer.tokenToId(content)).toBe(id);
      expect(pieces.length).toBeGreaterThan(1);
      expect(old.decode(pieces).trim()).toBe(tokenizer.decode([id]).trim());
    }
    const before = old.encode(chinese[0]!).length;
    expect(tokenizer.encode(chinese[0]!).length).toBeLessThan(before * 0.8);
  });

  it('encodes as before where no new token is', () => {
    for (const text of english) expect(tokenizer.encode(text)).toEqual(old.encode(text));
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      expect(oldIds(ids, added)).toEqual(old.encode(text));
      expect(tokenizer.decode(ids)).toBe(old.decode(old.encode(text)));
    }
  });

  it('is the same after writing and reading', () => {
    const again = fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    for (const text of texts) expect(again.encode(text)).toEqual(tokenizer.encode(text));
  });

  it('can be extended again', () => {
    const more = extendBpe(tokenizer, { texts: ['большой дом, большой дом, больше', 'большой дом'], add: 8 });
    expect(more.added[0]!.id).toBe(tokenizer.vocabSize);
    for (const text of texts) expect(oldIds(more.tokenizer.encode(text), more.added)).toEqual(tokenizer.encode(text));
  });
});

describe('extending', () => {
  const old = kinds.bytes!();

  it('keeps to the limits: number, frequency, length', () => {
    expect(extendBpe(old, { texts: chinese, add: 3 }).added).toHaveLength(3);
    const frequent = extendBpe(old, { texts: chinese, add: 500, minFrequency: 4 });
    expect(frequent.added.length).toBeLessThan(30);
    expect(frequent.added.some(({ content }) => [...content].length > 3)).toBe(true);
    const short = extendBpe(old, { texts: chinese, add: 500, maxTokenLength: 3 });
    expect(short.added.every(({ content }) => [...content].length <= 3)).toBe(true);
  });

  it('keeps the ids of added tokens that the model does not have', () => {
    const json = old.toJSON();
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    const token = { id: old.vocabSize, content: '<|tool|>', ...flags };
    const more = fromJSON({ ...json, added_tokens: [...json.added_tokens, token] });
    expect(more.tokenToId('<|tool|>')).toBe(old.vocabSize);
    const { tokenizer, added } = extendBpe(more, { texts: chinese, add: 5 });
    expect(tokenizer.tokenToId('<|tool|>')).toBe(old.vocabSize);
    expect(added.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((n) => old.vocabSize + n));
    expect(tokenizer.encode('<|tool|>')).toEqual([old.vocabSize]);
    expect(tokenizer.encode('<|tool|>', { allowedSpecial: 'none' })).toEqual(
      more.encode('<|tool|>', { allowedSpecial: 'none' }),
    );
  });

  it('refuses other models and texts that give nothing', () => {
    expect(() => extendBpe(old, { texts: [], add: 5 })).toThrow(/empty/);
    expect(() => extendBpe(old, { texts: ['x'], add: 5 })).toThrow(/no new token/);
    const wordPiece = fromJSON({
      version: '1.0',
      added_tokens: [],
      model: {
        type: 'WordPiece',
        vocab: { '[UNK]': 0, a: 1 },
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
      },
    });
    expect(() => extendBpe(wordPiece, { texts: chinese, add: 5 })).toThrow(/WordPiece vocabulary cannot be extended/);
  });
});
