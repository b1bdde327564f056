import { describe, expect, it } from 'vitest';
import { trainBpe } from '../bpe/train.ts';
import type { TokenizerJson } from '../types.ts';
import { fromJSON } from './read.ts';

const good = trainBpe({ texts: ['hello hello'], vocabSize: 262, specialTokens: ['<s>', '</s>'] }).toJSON();
const model = good.model as unknown as { vocab: Record<string, number>; merges: unknown[] };
const withModel = (change: object): object => ({ ...good, model: { ...model, ...change } });

describe('fromJSON', () => {
  it('reads merges written as lines, files without type, and roles with flags', () => {
    const old = {
      ...withModel({ merges: (model.merges as string[][]).map((pair) => pair.join(' ')), type: undefined }),
    };
    const tokenizer = fromJSON(old, { bos_token: { content: '<s>' }, eos_token: '</s>', pad_token: null });
    expect(tokenizer.specialTokens).toEqual({ bos: 0, eos: 1 });
    expect(tokenizer.encode('hello')).toEqual(fromJSON(good).encode('hello'));
  });

  it('applies normalizer, post-processor and added tokens with their flags', () => {
    const json: TokenizerJson = {
      ...good,
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }] },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] } },
      },
      added_tokens: [
        ...good.added_tokens.filter((token) => token.id !== 1),
        { ...good.added_tokens[0]!, id: 1, content: '</s>', lstrip: true, rstrip: true },
        { ...good.added_tokens[0]!, id: 262, content: 'é', special: false, normalized: true },
        { ...good.added_tokens[0]!, id: 263, content: 'day', single_word: true },
      ],
    };
    const tokenizer = fromJSON(json);
    expect(tokenizer.vocabSize).toBe(264);
    expect(tokenizer.encode('e\u0301')).toEqual([0, 262]);
    expect(tokenizer.encode('e\u0301', { addSpecialTokens: false })).toEqual([262]);
    const h = tokenizer.tokenToId('h')!;
    expect(tokenizer.encode('h  </s> \nh', { addSpecialTokens: false })).toEqual([h, 1, h]);
    expect(tokenizer.encode('day', { addSpecialTokens: false })).toEqual([263]);
    expect(tokenizer.encode('days', { addSpecialTokens: false })).not.toContain(263);
    expect(tokenizer.decode([262])).toBe('é');
    expect(fromJSON(JSON.parse(JSON.stringify(tokenizer.toJSON()))).toJSON()).toEqual(tokenizer.toJSON());
  });

  it('takes a whole piece as a token with ignore_merges', () => {
    const json = withModel({ merges: [], ignore_merges: true, vocab: { ...model.vocab, Ġhello: 262 } });
    expect(fromJSON(json).encode(' hello')).toEqual([262]);
  });

  it('survives tokens with names of object internals', () => {
    const json = withModel({
      vocab: JSON.parse(`{"__proto__":262,"constructor":263,${JSON.stringify(model.vocab).slice(1)}`),
    });
    const again = fromJSON(JSON.parse(JSON.stringify(fromJSON(json).toJSON())));
    expect(again.tokenToId('__proto__')).toBe(262);
    expect(again.tokenToId('constructor')).toBe(263);
    expect(again.tokenToId('toString')).toBeUndefined();
  });

  it.each<[unknown, string, RegExp]>([
    [null, 'bad-file', /the file: expected an object/],
    [[], 'bad-file', /the file/],
    [{}, 'bad-file', /model: expected an object/],
    [{ ...good, version: '2.0' }, 'bad-file', /version/],
    [{ ...good, model: { type: 'Unigram' } }, 'unsupported', /model\.type: unknown model 'Unigram'/],
    [{ ...good, decoder: { type: 'constructor' } }, 'unsupported', /decoder\.type/],
    [{ ...good, normalizer: { type: 'Lowercase' } }, 'unsupported', /normalizer\.type/],
    [{ ...good, post_processor: { type: 'BertProcessing' } }, 'unsupported', /post_processor\.type/],
    [{ ...good, post_processor: { type: 'TemplateProcessing', single: [] } }, 'bad-file', /exactly one Sequence/],
    [{ ...good, added_tokens: {} }, 'bad-file', /added_tokens: expected a list/],
    [{ ...good, added_tokens: [{ id: 'x', content: 'a' }] }, 'bad-file', /added_tokens\[0\]\.id/],
    [
      {
        ...good,
        added_tokens: [
          { id: 1, content: 'a' },
          { id: 1, content: 'b' },
        ],
      },
      'bad-file',
      /added_tokens\[1\]\.id/,
    ],
    [withModel({ vocab: [] }), 'bad-file', /model\.vocab: expected an object/],
    [withModel({ vocab: { a: -1 } }), 'bad-file', /model\.vocab\["a"\]/],
    [withModel({ vocab: { a: 0, b: 0 } }), 'bad-file', /model\.vocab\["b"\].*an id of its own/],
    [withModel({ vocab: { a: 4_000_000_000 } }), 'bad-file', /model\.vocab\["a"\]/],
    [withModel({ merges: 'x' }), 'bad-file', /model\.merges: expected a list/],
    [withModel({ merges: ['abc'] }), 'bad-file', /model\.merges\[0\]/],
    [withModel({ merges: [['h', 'q']] }), 'bad-file', /model\.merges\[0\]: 'hq' is not in the vocabulary/],
    [withModel({ merges: [['', 'h']] }), 'bad-file', /empty token/],
    [withModel({ unk_token: '<unk>' }), 'bad-file', /model\.unk_token/],
    [withModel({ unk_token: 3 }), 'bad-file', /model\.unk_token/],
    [withModel({ byte_fallback: true }), 'unsupported', /model\.byte_fallback/],
  ])('refuses a malformed file (%#)', (json, code, message) => {
    expect(() => fromJSON(json)).toThrow(
      expect.objectContaining({ name: 'AthanorError', code, message: expect.stringMatching(message) }),
    );
  });
});
