import { describe, expect, it } from 'vitest';
import { trainBpe } from '../bpe/train.ts';
import type { TokenizerJson } from '../types.ts';
import { fromJSON } from './read.ts';

const good = trainBpe({ texts: ['hello hello'], vocabSize: 262, specialTokens: ['<s>', '</s>'] }).toJSON();
const model = good.model as unknown as { vocab: Record<string, number>; merges: unknown[] };
const withModel = (change: object): object => ({ ...good, model: { ...model, ...change } });

const added = (id: number, content: string, flags: object = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...flags,
});
const goodTruncation = { direction: 'Left', max_length: 3, strategy: 'OnlyFirst', stride: 1 };
const goodPadding = {
  strategy: 'BatchLongest',
  direction: 'Right',
  pad_to_multiple_of: null,
  pad_id: 1,
  pad_type_id: 2,
  pad_token: '[PAD]',
};

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
        { ...good.added_tokens[0]!, id: 262, content: 'ẽ', special: false, normalized: true },
        { ...good.added_tokens[0]!, id: 263, content: 'day', single_word: true },
      ],
    };
    const tokenizer = fromJSON(json);
    expect(tokenizer.vocabSize).toBe(264);
    expect(tokenizer.encode('e\u0303')).toEqual([0, 262]);
    expect(tokenizer.encode('e\u0303', { addSpecialTokens: false })).toEqual([262]);
    const h = tokenizer.tokenToId('h')!;
    expect(tokenizer.encode('h  </s> \nh', { addSpecialTokens: false })).toEqual([h, 1, h]);
    expect(tokenizer.encode('day', { addSpecialTokens: false })).toEqual([263]);
    expect(tokenizer.encode('days', { addSpecialTokens: false })).not.toContain(263);
    expect(tokenizer.decode([262])).toBe('ẽ');
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

  it('gives added tokens the ids that Hugging Face gives them, whatever the file says', () => {
    const { vocab } = model;
    const json = { ...good, added_tokens: [added(900, 'h'), added(800, '<new>'), added(850, '<newer>')] };
    const tokenizer = fromJSON(json);
    expect(tokenizer.tokenToId('h')).toBe(vocab.h);
    expect(tokenizer.tokenToId('<new>')).toBe(262);
    expect(tokenizer.tokenToId('<newer>')).toBe(263);
    expect(tokenizer.vocabSize).toBe(264);
    expect(tokenizer.toJSON().added_tokens.map((token) => token.id)).toEqual([vocab.h, 262, 263]);
  });

  it('decodes normalized tokens as the normalizer wrote them', () => {
    const json = {
      ...good,
      normalizer: { type: 'Lowercase' },
      added_tokens: [added(262, '[DAY]', { normalized: true }), added(263, '[Night]')],
    };
    const tokenizer = fromJSON(json);
    expect(tokenizer.encode('[dAy][night][Night]').filter((id) => id > 261)).toEqual([262, 263]);
    expect(tokenizer.idToToken(262)).toBe('[DAY]');
    expect(tokenizer.decode([262, 263])).toBe('[day][Night]');
    // Hugging Face asks by text whether a token is special.
    expect(tokenizer.decode([262, 263], { skipSpecialTokens: true })).toBe('[day]');
  });

  it('knows whether the text still begins where it began when the normalizer has been over it', () => {
    const tokenizer = fromJSON({
      version: '1.0',
      normalizer: { type: 'Strip', strip_left: true, strip_right: true },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
      model: { type: 'WordLevel', vocab: { '?': 0, a: 1, '▁a': 2, '▁b': 3 }, unk_token: '?' },
    });
    // What Hugging Face's gives: a mark is put in front of the first text only, and ' a' begins at 1.
    for (const [text, ids] of [
      ['a', [2]],
      [' a', [1]],
      ['a b', [2, 3]],
    ] as const) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encodeFull(text).ids).toEqual(ids);
    }
  });

  it('tells the models of files without type from what they have', () => {
    const base = { ...good, added_tokens: [], pre_tokenizer: null, decoder: null };
    const wordPiece = { unk_token: '?', continuing_subword_prefix: '#', max_input_chars_per_word: 9 };
    const read = (untyped: object) => fromJSON({ ...base, model: untyped });
    expect(read({ ...wordPiece, vocab: { '?': 0, a: 1, '#b': 2 } }).encode('ab')).toEqual([1, 2]);
    expect(read({ vocab: { '?': 0, ab: 1 }, unk_token: '?' }).encode('ab')).toEqual([1]);
    const pieces = [
      ['?', 0],
      ['a', -1],
      ['b', -1],
    ];
    expect(read({ unk_id: 0, vocab: pieces }).encode('ab')).toEqual([1, 2]);
  });

  it('keeps truncation and padding', () => {
    const padding = {
      ...goodPadding,
      strategy: { Fixed: 7 },
      direction: 'Left',
      pad_to_multiple_of: 4,
      pad_token: '<s>',
    };
    const tokenizer = fromJSON({ ...good, truncation: goodTruncation, padding });
    expect(tokenizer.toJSON()).toMatchObject({ truncation: goodTruncation, padding });
    const [encoding] = tokenizer.encodeBatch(['what a hello']);
    expect(encoding!.attention_mask).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect(encoding!.overflowing.length).toBeGreaterThan(0);
    expect(tokenizer.encodeFull('what a hello', { truncation: null, padding: null }).ids).toEqual(
      tokenizer.encode('what a hello'),
    );
  });

  it('stays bounded: a hundred thousand added tokens, as many nested Sequences', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => added(300 + i, `<${i}>`));
    const tokenizer = fromJSON({ ...good, added_tokens: many });
    expect(tokenizer.encode('<99999><5')).toEqual([262 + 99_999, ...fromJSON(good).encode('<5')]);
    let nested: object = { type: 'Fuse' };
    for (let i = 0; i < 100_000; i++) nested = { type: 'Sequence', decoders: [nested] };
    expect(() => fromJSON({ ...good, decoder: nested })).toThrow(/components inside each other/);
    expect(() => fromJSON({ ...good, added_tokens: nested })).toThrow(/added_tokens: expected a list/);
  });

  it.each<[unknown, string, RegExp]>([
    [null, 'bad-file', /the file: expected an object/],
    [[], 'bad-file', /the file/],
    [{}, 'bad-file', /model: expected an object/],
    [{ ...good, version: '2.0' }, 'bad-file', /version/],
    [{ ...good, model: { type: 'Trigram' } }, 'unsupported', /model\.type: unknown model 'Trigram'/],
    [{ ...good, decoder: { type: 'constructor' } }, 'unsupported', /decoder\.type/],
    [{ ...good, normalizer: { type: 'Uppercase' } }, 'unsupported', /normalizer\.type/],
    [
      { ...good, post_processor: { type: 'Bert' } },
      'unsupported',
      /post_processor\.type: unknown post-processor 'Bert'/,
    ],
    [{ ...good, added_tokens: {} }, 'bad-file', /added_tokens: expected a list/],
    [{ ...good, added_tokens: [{ id: 'x', content: 'a' }] }, 'bad-file', /added_tokens\[0\]\.id/],
    [
      { ...good, added_tokens: [{ id: 1e9, content: 'a' }] },
      'bad-file',
      /added_tokens\[0\]\.id: expected an id from 0/,
    ],
    [{ ...good, added_tokens: [{ id: 1, content: '' }] }, 'bad-file', /added_tokens\[0\]\.content/],
    [{ ...good, added_tokens: [{ id: 1, content: 'a', lstrip: 1 }] }, 'bad-file', /added_tokens\[0\]\.lstrip/],
    [{ ...good, added_tokens: [added(1, 'a'), added(1, 'b')] }, 'bad-file', /added_tokens\[1\]\.id/],
    [{ ...good, truncation: [] }, 'bad-file', /truncation: expected an object/],
    [{ ...good, truncation: { ...goodTruncation, max_length: -1 } }, 'bad-file', /truncation\.max_length/],
    [{ ...good, truncation: { ...goodTruncation, strategy: 'Best' } }, 'bad-file', /truncation\.strategy.*"OnlyFirst"/],
    [{ ...good, truncation: { ...goodTruncation, direction: 'Up' } }, 'bad-file', /truncation\.direction/],
    [{ ...good, padding: { ...goodPadding, strategy: 'Most' } }, 'bad-file', /padding\.strategy/],
    [{ ...good, padding: { ...goodPadding, strategy: { Fixed: 1e12 } } }, 'bad-file', /padding\.strategy\.Fixed/],
    [{ ...good, padding: { ...goodPadding, pad_token: 3 } }, 'bad-file', /padding\.pad_token/],
    [withModel({ vocab: [] }), 'bad-file', /model\.vocab: expected an object/],
    [withModel({ vocab: { a: -1 } }), 'bad-file', /model\.vocab\["a"\]/],
    [withModel({ vocab: { a: 0, b: 0 } }), 'bad-file', /model\.vocab\["b"\].*an id of its own/],
    [withModel({ vocab: { a: 4_000_000_000 } }), 'bad-file', /model\.vocab\["a"\]/],
    [withModel({ merges: 'x' }), 'bad-file', /model\.merges: expected a list/],
    [withModel({ merges: ['abc'] }), 'bad-file', /model\.merges\[0\]/],
    [withModel({ merges: [['h', 'q']] }), 'bad-file', /model\.merges\[0\].*in the vocabulary, found "hq"/],
    [withModel({ merges: [['', 'h']] }), 'bad-file', /model\.merges\[0\]/],
    [withModel({ unk_token: '<unk>' }), 'bad-file', /model\.unk_token/],
    [withModel({ unk_token: 3 }), 'bad-file', /model\.unk_token/],
  ])('refuses a malformed file (%#)', (json, code, message) => {
    expect(() => fromJSON(json)).toThrow(
      expect.objectContaining({ name: 'AthanorError', code, message: expect.stringMatching(message) }),
    );
  });
});
