import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import {
  defaultNormalizer,
  defaultTrainer,
  type ModelProto,
  modelTypes,
  pieceTypes,
  writeModelProto,
} from './proto.ts';
import { fromSentencePiece } from './read.ts';

// That ids and texts are SentencePiece's is tested in tests/golden/tokenizer/formats.
const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../tests/golden/tokenizer/formats/${name}.model`, import.meta.url)));

type Piece = ModelProto['pieces'][number];
const unk: Piece = { piece: '<unk>', score: 0, type: pieceTypes.unknown };
const control = (piece: string): Piece => ({ piece, score: 0, type: pieceTypes.control });
const normal = (piece: string, score: number): Piece => ({ piece, score, type: pieceTypes.normal });

function modelOf(pieces: readonly Piece[], change: Partial<ModelProto> = {}): Uint8Array {
  return writeModelProto({
    pieces,
    trainer: defaultTrainer(),
    normalizer: defaultNormalizer(),
    denormalizer: undefined,
    ...change,
  });
}

describe('fromSentencePiece', () => {
  const tokenizer = fromSentencePiece(
    modelOf([unk, control('<s>'), control('</s>'), normal('▁', -1), normal('a', -2)]),
  );

  it('takes control pieces in a text for text, unless told otherwise', () => {
    expect(tokenizer.specialTokens).toEqual({ unk: 0, bos: 1, eos: 2 });
    expect(tokenizer.encode('a</s>')).toEqual([3, 4, 0]);
    expect(tokenizer.encode('a</s>', { allowedSpecial: 'all' })).toEqual([3, 4, 2]);
    expect(tokenizer.decode([3, 4, 2])).toBe('a');
    expect(tokenizer.decode([0, 4])).toBe(' ⁇ a');
  });

  it('adds what the model around it adds', () => {
    const eos = { id: '</s>', ids: [2], tokens: ['</s>'] };
    const postProcessor = readPostProcessor({
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
      special_tokens: { '</s>': eos },
    });
    const extra = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    const added = [{ ...extra, id: 5, content: '<extra_id_0>' }];
    const model = fromSentencePiece(modelOf([unk, control('<s>'), control('</s>'), normal('▁', -1), normal('a', -2)]), {
      addedTokens: added,
      postProcessor,
    });
    expect(model.encode('a')).toEqual([3, 4, 2]);
    expect(model.vocabSize).toBe(6);
    expect(model.decode([4, 5])).toBe('a<extra_id_0>');
    expect(model.decode([4, 5], { skipSpecialTokens: true })).toBe('a');
    expect(() => model.decode([6])).toThrow(/outside the vocabulary/);
    expect(model.toJSON().added_tokens.map((token) => token.id)).toEqual([0, 1, 2, 5]);
  });

  it('encodes any string', () => {
    const bytes = fromSentencePiece(golden('bpe-bytes'));
    expect(tokenizer.encode('\ud800\0')).toEqual([3, 0]);
    for (const text of ['\ud800', 'a\udc00b', '\0', '\u{10ffff}']) {
      const wellFormed = text.replaceAll(/[\ud800-\udfff]/gu, '\ufffd');
      expect(bytes.decode(bytes.encode(text))).toBe(wellFormed);
    }
  });

  it('takes time linear in the text', () => {
    for (const name of ['unigram', 'bpe', 'bpe-bytes', 'word', 'char']) {
      const model = fromSentencePiece(golden(name));
      const time = (text: string) => {
        const start = performance.now();
        model.encode(text);
        return performance.now() - start;
      };
      time('x'.repeat(20_000));
      expect(time('ab'.repeat(100_000)), name).toBeLessThan(20 * time('ab'.repeat(20_000)) + 200);
    }
  });
});

/** A trie in which `a` leads back to itself, forever. */
function circle(): Uint8Array {
  const blob = new Uint8Array(4 + 1024 + 2);
  const view = new DataView(blob.buffer);
  view.setUint32(0, 1024, true);
  view.setUint32(4, 1 << 10, true); // root: its children are at 1 ^ byte
  view.setUint32(4 + 4 * 0x60, 0x61 | (0x61 << 10), true);
  return blob;
}

describe('hostile files', () => {
  const reading = (bytes: Uint8Array) => () => fromSentencePiece(bytes);
  const withCharsMap = (charsMap: Uint8Array) =>
    modelOf([unk, normal('a', -1)], { normalizer: { ...defaultNormalizer(), charsMap } });

  it.each<[string, () => Uint8Array, RegExp, string]>([
    ['nothing', () => new Uint8Array(0), /pieces: expected at least one/, 'pieces'],
    [
      'a number that ends nowhere',
      () => Uint8Array.of(0x0a, 0xff),
      /field 1: the file ends inside a number \(at byte 2\)/,
      'the file, field 1',
    ],
    ['a number of eleven bytes', () => new Uint8Array(12).fill(0x80), /longer than 10 bytes/, 'the file'],
    [
      'a length of 10⁹',
      () => Uint8Array.of(0x0a, 0x80, 0x94, 0xeb, 0xdc, 0x03),
      /expected 1000000000 bytes, 0 are left/,
      'the file, field 1',
    ],
    [
      'a length of 2³² + 1',
      () => Uint8Array.of(0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 0),
      /expected over 4 GB of bytes, 1 are left/,
      'the file, field 1',
    ],
    [
      'a piece with a number for its text',
      () => Uint8Array.of(0x0a, 2, 0x08, 1),
      /pieces\[0\]\.piece: expected bytes with their length, found a varint/,
      'pieces[0].piece',
    ],
    [
      'text that is not UTF-8',
      () => Uint8Array.of(0x0a, 3, 0x0a, 1, 0xff),
      /pieces\[0\]\.piece: expected UTF-8/,
      'pieces[0].piece',
    ],
    ['an empty piece', () => modelOf([unk, normal('', -1)]), /pieces\[1\]\.piece: expected a text/, 'pieces[1].piece'],
    [
      'a piece of a megabyte',
      () => modelOf([unk, normal('a'.repeat(1 << 20), -1)]),
      /longer than 7999 bytes/,
      'pieces[1].piece',
    ],
    [
      'a score that is no number',
      () => modelOf([unk, normal('a', Number.NaN)]),
      /pieces\[1\]\.score: expected a number, found NaN/,
      'pieces[1].score',
    ],
    ['an infinite score', () => modelOf([unk, normal('a', -1e99)]), /found -Infinity/, 'pieces[1].score'],
    [
      'a piece twice',
      () => modelOf([unk, normal('a', -1), normal('a', -2)]),
      /pieces\[2\]: "a" is already pieces\[1\]/,
      'pieces[2]',
    ],
    ['two unknown pieces', () => modelOf([unk, { ...unk, piece: '<u>' }]), /though pieces\[0\] is one/, 'pieces[1]'],
    ['no unknown piece', () => modelOf([normal('a', -1)]), /none of them is the unknown piece/, 'pieces'],
    ['U+0000 in a piece', () => modelOf([unk, normal('a\0', -1)]), /U\+0000/, 'pieces[1]'],
    [
      'a byte piece without byte fallback',
      () => modelOf([unk, { piece: '<0x0A>', score: 0, type: pieceTypes.byte }]),
      /byte_fallback is false/,
      'pieces[1]',
    ],
    [
      'byte fallback without bytes',
      () => modelOf([unk], { trainer: { ...defaultTrainer(), byteFallback: true } }),
      /expected the 256 byte pieces of byte_fallback, found 0/,
      'pieces',
    ],
    [
      'a character map of three bytes',
      () => withCharsMap(Uint8Array.of(1, 2, 3)),
      /precompiled_charsmap: expected the size of a trie/,
      'normalizer_spec.precompiled_charsmap',
    ],
    [
      'a trie that is larger than its file',
      () => withCharsMap(Uint8Array.of(0, 0, 0, 9, 0)),
      /a trie of 150994944 bytes in a map of 5/,
      'normalizer_spec.precompiled_charsmap',
    ],
    [
      'a trie that runs in a circle',
      () => withCharsMap(circle()),
      /trie unit 96 leads back to itself/,
      'normalizer_spec.precompiled_charsmap',
    ],
    [
      'a trie that points outside',
      () => withCharsMap(circle().with(4 + 4 * 0x60 + 2, 0xff)),
      /trie unit 96: points outside the trie/,
      'normalizer_spec.precompiled_charsmap',
    ],
  ])('%s', (_name, bytes, message, place) => {
    expect(reading(bytes())).toThrow(
      expect.objectContaining({ code: 'bad-file', place, message: expect.stringMatching(message) }),
    );
    expect(reading(bytes())).toThrow(
      expect.objectContaining({ values: expect.objectContaining({ offset: expect.any(Number) }) }),
    );
  });

  it('groups, unknown fields and unknown values of enums are read over', () => {
    const known = modelOf([unk, normal('a', -1)]);
    const group = Uint8Array.of(0xcb, 0x0c, 0x08, 1, 0x12, 1, 7, 0x1b, 0x1c, 0xcc, 0x0c); // field 201, with another in it
    expect(fromSentencePiece(Uint8Array.of(...group, ...known, 0xc0, 0x0c, 5)).vocabSize).toBe(2);
    expect(reading(Uint8Array.of(...known, 0xcb, 0x0c, 0x08))).toThrow(/ends inside a number/);
    expect(reading(Uint8Array.of(...known, ...new Array(1000).fill(0x0b)))).toThrow(/nested deeper than 100/);
    const odd = Uint8Array.of(0x0a, 5, 0x0a, 1, 0x62, 0x18, 9); // a piece of type 9 is a normal one
    expect(fromSentencePiece(Uint8Array.of(...known, ...odd)).encode('b', {})).toHaveLength(2);
  });

  it.each(['unigram', 'bpe-bytes', 'char', 'unigram-bytes'])('changed anywhere, %s is refused or works', (name) => {
    const whole = golden(name);
    const edit = fc.record({
      at: fc.nat(whole.length - 1),
      remove: fc.nat(4),
      insert: fc.uint8Array({ maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), fc.option(fc.nat(whole.length)), (edits, cut) => {
        let bytes = [...whole];
        for (const { at, remove, insert } of edits) bytes.splice(at, remove, ...insert);
        if (cut !== null) bytes = bytes.slice(0, cut);
        try {
          const tokenizer = fromSentencePiece(Uint8Array.from(bytes));
          for (const text of ['Hello  wörld\tﬁ ① foobar 床前 \u{1f600}', 'aaaa'.repeat(50), ''])
            tokenizer.decode(tokenizer.encode(text));
        } catch (error) {
          if (!(error instanceof AthanorError) || error.code !== 'bad-file') throw error;
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe('BPE by score', () => {
  it('takes unused pieces apart as they came together, and never joins user-defined symbols', () => {
    const pieces = [unk, ...['a', 'b', 'c', '▁'].map((piece) => normal(piece, -9)), normal('ab', -1)];
    const type = { ...defaultTrainer(), modelType: modelTypes.bpe };
    const abc: Piece = { piece: 'abc', score: -2, type: pieceTypes.unused };
    const plain = { ...defaultNormalizer(), addDummyPrefix: false };
    const build = (more: readonly Piece[]) =>
      fromSentencePiece(modelOf([...pieces, ...more], { trainer: type, normalizer: plain }));
    expect(build([{ ...abc, type: pieceTypes.normal }]).encode('abc')).toEqual([6]);
    expect(build([abc]).encode('abc')).toEqual([5, 3]);
    expect(build([{ piece: 'bc', score: 0, type: pieceTypes.userDefined }]).encode('abc')).toEqual([1, 6]);
  });
});
