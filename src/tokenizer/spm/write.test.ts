import { describe, expect, it } from 'vitest';
import { fromJSON } from '../hf/read.ts';
import type { Json, TokenizerJson } from '../types.ts';
import { modelTypes, pieceTypes, readModelProto } from './proto.ts';
import { fromSentencePiece } from './read.ts';
import { toSentencePiece } from './write.ts';

const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const prepend = { type: 'Prepend', prepend: '▁' };

function json(model: Json, parts: Partial<TokenizerJson> = {}): TokenizerJson {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      { id: 0, content: '<unk>', ...flags },
      { id: 1, content: '<s>', ...flags },
    ],
    normalizer: { type: 'Sequence', normalizers: [prepend, replace] },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model,
    ...parts,
  };
}

const byteNames = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
const names = ['<unk>', '<s>', ...byteNames, '▁', 'l', 'o', 'w', 'lo', 'low', '▁low'];
const bpe = {
  type: 'BPE',
  unk_token: '<unk>',
  fuse_unk: true,
  byte_fallback: true,
  vocab: Object.fromEntries(names.map((name, id) => [name, id])),
  merges: [
    ['l', 'o'],
    ['lo', 'w'],
    ['▁', 'low'],
  ],
};

describe('toSentencePiece', () => {
  it('writes a BPE of ours with bytes: the same ids, special tokens and texts', () => {
    const tokenizer = fromJSON(json(bpe), { bos_token: '<s>' });
    const bytes = toSentencePiece(tokenizer);
    const proto = readModelProto(bytes);
    expect(proto.trainer).toMatchObject({ modelType: modelTypes.bpe, byteFallback: true, bosPiece: '<s>' });
    expect(proto.pieces.slice(-4).map(({ score }) => score)).toEqual([-3, -0, -1, -2]);
    const written = fromSentencePiece(bytes);
    expect(written.specialTokens).toMatchObject({ unk: 0, bos: 1 });
    for (const text of ['low', 'low  low', ' é\n', 'wol', '']) {
      expect(written.encode(text), text).toEqual(tokenizer.encode(text));
      expect(written.decode(written.encode(text)), text).toBe(text);
    }
  });

  it('leaves out cuts that forbid no piece', () => {
    const lines = { type: 'Split', pattern: { Regex: '[\\r\\n]+' }, behavior: 'Isolated', invert: false };
    const pretokenizers = [{ type: 'Digits', individual_digits: true }, lines];
    const tokenizer = fromJSON(json(bpe, { pre_tokenizer: { type: 'Sequence', pretokenizers } }));
    const written = fromSentencePiece(toSentencePiece(tokenizer));
    for (const text of ['low12\n\nlow', '1low\r']) expect(written.encode(text)).toEqual(tokenizer.encode(text));
  });

  it('writes a Unigram, its added tokens and the settings of its normalizer', () => {
    const model = {
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['<unk>', 0],
        ['<s>', 0],
        ['▁', -2.5],
        ['a', -1.5],
        ['▁a', -1.25],
      ],
    };
    const doubled = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' };
    const parts = {
      added_tokens: [...json(model).added_tokens, { id: 5, content: '@', ...flags, special: false }],
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Strip', strip_left: false, strip_right: true }, doubled] },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    };
    const tokenizer = fromJSON(json(model, parts));
    const proto = readModelProto(toSentencePiece(tokenizer));
    expect(proto.normalizer).toMatchObject({ addDummyPrefix: true, removeExtraWhitespaces: true });
    expect(proto.pieces[5]).toMatchObject({ piece: '@', type: pieceTypes.userDefined });
    expect(proto.pieces[4]).toMatchObject({ piece: '▁a', score: -1.25, type: pieceTypes.normal });
    const written = fromSentencePiece(toSentencePiece(tokenizer));
    for (const text of ['a', 'a  a', 'aab ']) expect(written.encode(text), text).toEqual(tokenizer.encode(text));
    expect(written.encode('a @a')).toEqual([4, 2, 5, 3]);
  });

  it.each<[string, Json, Partial<TokenizerJson>, RegExp]>([
    [
      'a pattern',
      bpe,
      { pre_tokenizer: { type: 'Punctuation', behavior: 'Isolated' } },
      /pre_tokenizer: SentencePiece has no .*Punctuation/,
    ],
    [
      'digits apart where a piece joins them',
      { ...bpe, vocab: { ...bpe.vocab, '1': names.length, '▁1': names.length + 1 }, merges: [['▁', '1']] },
      { pre_tokenizer: { type: 'Digits', individual_digits: true } },
      /pre_tokenizer: SentencePiece has no .*Digits/,
    ],
    ['a normalizer', bpe, { normalizer: { type: 'NFKC' } }, /normalizer: SentencePiece has no .*NFKC/],
    ['spaces that stay', bpe, { normalizer: prepend }, /pre_tokenizer: SentencePiece has no null/],
    ['word endings', { ...bpe, end_of_word_suffix: '</w>', merges: [] }, {}, /end_of_word_suffix/],
    [
      'other models',
      { type: 'WordLevel', vocab: { '<unk>': 0 }, unk_token: '<unk>' },
      {},
      /model.type: SentencePiece has no "WordLevel"/,
    ],
    [
      'merges that SentencePiece would order differently',
      {
        ...bpe,
        vocab: { ...bpe.vocab, ow: names.length },
        merges: [
          ['l', 'o'],
          ['lo', 'w'],
          ['o', 'w'],
          ['l', 'ow'],
        ],
      },
      {},
      /model.merges: SentencePiece has no \["l","ow"\]/,
    ],
  ])('refuses %s', (_name, model, parts, message) => {
    const tokenizer = fromJSON(json(model, parts));
    expect(() => toSentencePiece(tokenizer)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
    );
  });
});
