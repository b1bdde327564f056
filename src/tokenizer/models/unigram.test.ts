import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../types.ts';
import { serdeNumber } from '../unigram/model.ts';
import { unigram } from './unigram.ts';

type Vocab = readonly (readonly [string, number])[];

const read = (json: Record<string, unknown>) => unigram.read(json, 'model', () => expect.unreachable());
const model = (vocab: Vocab, unk_id: number | null = 0, byte_fallback = false) =>
  read({ type: 'Unigram', unk_id, vocab, byte_fallback });

function encode(vocab: Vocab, piece: string, ...rest: [unk?: number | null, bytes?: boolean]) {
  const [ids, spans]: [number[], number[]] = [[], []];
  model(vocab, ...rest).encodePiece(piece, ids, spans);
  return { ids, spans };
}

/** Definition: of all segmentations the highest sum; of equal ones, from the end on, the longest last token. */
function slowPath(vocab: Vocab, piece: string): number[] {
  const characters = [...piece];
  const unkScore = Math.min(...vocab.map(([, score]) => serdeNumber(score))) - 10;
  const best: { score: number; ids: number[] }[] = [{ score: 0, ids: [] }];
  for (let end = 1; end <= characters.length; end++) {
    for (let start = 0; start < end; start++) {
      const text = characters.slice(start, end).join('');
      let id = vocab.findIndex(([token]) => token === text);
      if (id < 0 && end - start > 1) continue;
      const score = (id < 0 ? unkScore : serdeNumber(vocab[id]![1])) + best[start]!.score;
      if (id < 0) id = 0;
      const known = best[end];
      if (!known || score > known.score) best[end] = { score, ids: [...best[start]!.ids, id] };
    }
  }
  const path = best[characters.length]!.ids;
  return path.filter((id, i) => id !== 0 || path[i - 1] !== 0);
}

describe('Unigram', () => {
  const letters: Vocab = [
    ['<unk>', 0],
    ['a', 0],
    ['b', 0],
    ['c', 0],
    ['d', 0],
    ['cd', 1],
    ['ab', 2],
    ['abc', 5],
    ['abcd', 10],
  ];

  it('finds the best path and fuses what is unknown (the example of model.rs)', () => {
    expect(encode(letters, 'abcdacdxx')).toEqual({ ids: [8, 1, 5, 0], spans: [0, 4, 4, 5, 5, 7, 7, 9] });
    expect(encode(letters, '😀a😀😀')).toEqual({ ids: [0, 1, 0], spans: [0, 2, 2, 3, 3, 7] });
    expect(encode(letters, '<unk>').ids).toEqual([0]);
  });

  it('is the slow definition', () => {
    const piece = fc.array(fc.constantFrom('a', 'b', 'c', '中', '😀'), { minLength: 1, maxLength: 12 });
    const token = fc.array(fc.constantFrom('a', 'b', 'c', '中', '😀'), { minLength: 1, maxLength: 4 });
    // Few distinct scores: ties are everywhere.
    const entry = fc.tuple(
      token.map((parts) => parts.join('')),
      fc.constantFrom(-1, -2, -3, -0.1, -7.302197933197021, 0.5),
    );
    fc.assert(
      fc.property(fc.uniqueArray(entry, { maxLength: 20, selector: ([key]) => key }), piece, (entries, parts) => {
        const vocab: Vocab = [['<unk>', -1], ...entries];
        // A fused run can be a token after all only where two unknown characters beat it, which these scores exclude.
        expect(encode(vocab, parts.join('')).ids).toEqual(slowPath(vocab, parts.join('')));
      }),
    );
  });

  it('writes unknown characters as bytes, with the span of the whole run', () => {
    const bytes: Vocab = Array.from({ length: 256 }, (_, byte) => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      0,
    ]);
    const vocab: Vocab = [['<unk>', 0], ['a', -1], ...bytes];
    expect(encode(vocab, 'aé中', 0, true)).toEqual({
      ids: [1, ...[0xc3, 0xa9, 0xe4, 0xb8, 0xad].map((byte) => byte + 2)],
      spans: [0, 1, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3],
    });
    const incomplete = vocab.filter(([token]) => token !== '<0xA9>');
    expect(encode(incomplete, 'aé', 0, true)).toEqual({ ids: [1, 0], spans: [0, 1, 1, 2] });
  });

  it('reads scores as serde_json does, which decides ties', () => {
    expect(serdeNumber(-2.8885445594787598)).toBe(-2.88854455947876);
    expect(serdeNumber(-7.3021979331970215)).toBe(-7.302197933197021);
    expect([0, -5, 0.1, 1e-7, -0.0012].map(serdeNumber)).toEqual([0, -5, 0.1, 1e-7, -0.0012]);
  });

  it('takes a word of a megabyte', () => {
    const vocab: Vocab = [
      ['<unk>', 0],
      ...Array.from({ length: 16 }, (_, i) => ['a'.repeat(i + 1), -1 - i / 3] as const),
    ];
    expect(encode(vocab, 'a'.repeat(1_000_000)).ids).toHaveLength(62_500);
    expect(encode(vocab, '\u0301'.repeat(1_000_000))).toEqual({ ids: [0], spans: [0, 1_000_000] });
    expect(encode(vocab, 'aa')).toEqual({ ids: [2], spans: [0, 2] });
  });

  it('gives no token for what is unknown where there is no unk, and never fails (Hugging Face: MissingUnkId)', () => {
    expect(encode([['a', 0]], 'aa', null)).toEqual({ ids: [0, 0], spans: [0, 1, 1, 2] });
    expect(encode([['a', 0]], 'abba', null)).toEqual({ ids: [0, 0], spans: [0, 1, 3, 4] });
    expect(encode([['a', 0]], '😀', null)).toEqual({ ids: [], spans: [] });
  });

  it('writes what it read', () => {
    const json: Json = {
      type: 'Unigram',
      unk_id: 1,
      vocab: [
        ['a', -2.8885445594787598],
        ['<unk>', 0],
      ],
      byte_fallback: true,
    };
    expect(read({ ...json }).toJSON()).toEqual(json);
    expect(read({ vocab: [['a', 0]] }).toJSON()).toEqual({
      type: 'Unigram',
      unk_id: null,
      vocab: [['a', 0]],
      byte_fallback: false,
    });
  });

  it.each([
    [{}, 'model.vocab: expected a list'],
    [{ vocab: { a: 0 } }, 'model.vocab: expected a list'],
    [{ vocab: [['a', 0], ['b']] }, 'model.vocab[1]: expected [token, score]'],
    [
      {
        vocab: [
          ['a', 0],
          [3, 0],
        ],
      },
      'model.vocab[1][0]: expected a string',
    ],
    [{ vocab: [['\ud800', 0]] }, 'model.vocab[0][0]: expected a string without lone surrogates'],
    [{ vocab: [['a', '0']] }, 'model.vocab[0][1]: expected a number'],
    [{ vocab: [['a', Number.POSITIVE_INFINITY]] }, 'model.vocab[0][1]: expected a number'],
    [
      {
        vocab: [
          ['a', 0],
          ['a', -1],
        ],
      },
      'model.vocab[1][0]: expected a token that is not yet there as [0]',
    ],
    [{ vocab: [['a', 0]], unk_id: 1 }, 'model.unk_id: expected an id of the vocabulary (0 to 0), found 1'],
    [{ vocab: [['a', 0]], unk_id: -1 }, 'model.unk_id: expected a whole number'],
    [{ vocab: [['a', 0]], byte_fallback: 'yes' }, 'model.byte_fallback: expected true or false'],
  ])('refuses %j', (json, message) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(message) }),
    );
  });
});
