import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordPiece } from './word-piece.ts';

const settings = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 8,
};
const read = (json: Record<string, unknown>) => wordPiece.read(json, 'model', () => expect.unreachable());
const vocabOf = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]));

function encode(tokens: readonly string[], piece: string, changes: Record<string, unknown> = {}) {
  const [ids, spans]: [number[], number[]] = [[], []];
  read({ ...settings, ...changes, vocab: vocabOf(tokens) }).encodePiece(piece, ids, spans);
  return { ids, spans };
}

/** Hugging Face's way: every slice of the word, the longest first. */
function slowly(tokens: readonly string[], word: string, prefix: string): number[] {
  const characters = [...word];
  const ids: number[] = [];
  for (let start = 0; start < characters.length; ) {
    let end = characters.length;
    const slice = () => (start > 0 ? prefix : '') + characters.slice(start, end).join('');
    while (end > start && !tokens.includes(slice())) end--;
    if (end === start) return [tokens.indexOf('[UNK]')];
    ids.push(tokens.indexOf(slice()));
    start = end;
  }
  return ids;
}

describe('WordPiece', () => {
  const tokens = ['[UNK]', 'un', '##aff', '##able', '##a', '##😀', 'unaff', '##'];

  it('takes the longest token first, and gives a word up as a whole', () => {
    expect(encode(tokens, 'unaffable')).toEqual({ ids: [0], spans: [0, 9] }); // nine characters
    expect(encode(tokens, 'unable')).toEqual({ ids: [1, 3], spans: [0, 2, 2, 6] });
    expect(encode(tokens, 'unaffa😀')).toEqual({ ids: [6, 4, 5], spans: [0, 5, 5, 6, 6, 8] });
    expect(encode(tokens, 'unax')).toEqual({ ids: [0], spans: [0, 4] });
    expect(encode(tokens, 'able')).toEqual({ ids: [0], spans: [0, 4] });
  });

  it('counts characters, not code units', () => {
    expect(encode(tokens, `un${'😀'.repeat(6)}`).ids).toEqual([1, 5, 5, 5, 5, 5, 5]);
    expect(encode(tokens, `un${'😀'.repeat(7)}`).ids).toEqual([0]);
  });

  it('is the slow definition', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '中', '😀', '#'), { minLength: 1, maxLength: 5 });
    const token = fc.tuple(fc.constantFrom('', '##', '#'), letters).map(([prefix, parts]) => prefix + parts.join(''));
    const prefixes = fc.constantFrom('##', '', '中', 'zz');
    fc.assert(
      fc.property(fc.uniqueArray(token, { maxLength: 30 }), letters, prefixes, (known, word, prefix) => {
        const all = ['[UNK]', ...known];
        const changes = { continuing_subword_prefix: prefix };
        expect(encode(all, word.join(''), changes).ids).toEqual(slowly(all, word.join(''), prefix));
      }),
    );
  });

  it('leaves what was there before', () => {
    const [ids, spans] = [[7], [1, 2]];
    read({ ...settings, vocab: vocabOf(tokens) }).encodePiece('unx', ids, spans);
    expect([ids, spans]).toEqual([
      [7, 0],
      [1, 2, 0, 3],
    ]);
  });

  it('gives no token for what is unknown where there is no unk, and never fails', () => {
    expect(encode(['a'], 'a', { unk_token: '?' }).ids).toEqual([0]);
    expect(encode(['a'], 'ab', { unk_token: '?' })).toEqual({ ids: [], spans: [] });
  });

  it('writes what it read, by id', () => {
    const json = { ...settings, vocab: JSON.parse('{"b": 3, "__proto__": 0, "[UNK]": 1}') };
    expect(JSON.stringify(read(json).toJSON())).toBe(
      JSON.stringify({ ...settings, vocab: JSON.parse('{"__proto__": 0, "[UNK]": 1, "b": 3}') }),
    );
    expect([read(json).idLimit, read(json).idToToken(2), read(json).tokenToId('__proto__')]).toEqual([4, undefined, 0]);
  });

  it.each([
    [{}, 'model.vocab: expected an object'],
    [{ vocab: { a: 'x' } }, 'model.vocab["a"]: expected an id'],
    [{ vocab: { a: 0.5 } }, 'model.vocab["a"]: expected an id'],
    [{ vocab: { a: 1e9 } }, 'model.vocab["a"]: expected an id'],
    [{ vocab: { a: 1, b: 1 } }, 'model.vocab["b"]: expected an id of its own, as "a" has it already'],
    [{ vocab: {}, unk_token: undefined }, 'model.unk_token: expected a string'],
    [{ vocab: {}, continuing_subword_prefix: 3 }, 'model.continuing_subword_prefix: expected a string'],
    [{ vocab: {}, max_input_chars_per_word: -1 }, 'model.max_input_chars_per_word: expected a whole number'],
  ])('refuses %j', (json, message) => {
    expect(() => read({ ...settings, ...json })).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(message) }),
    );
  });
});
