import { describe, expect, it } from 'vitest';
import { wordLevel } from './word-level.ts';

const read = (json: Record<string, unknown>) => wordLevel.read(json, 'model', () => expect.unreachable());

describe('WordLevel', () => {
  const json = { type: 'WordLevel', vocab: { 'a b': 0, '😀': 1, '<unk>': 2 }, unk_token: '<unk>' };

  it('knows a piece or does not', () => {
    const [ids, spans]: [number[], number[]] = [[], []];
    for (const piece of ['a b', '😀', 'a', 'constructor']) read(json).encodePiece(piece, ids, spans);
    expect([ids, spans]).toEqual([
      [0, 1, 2, 2],
      [0, 3, 0, 2, 0, 1, 0, 11],
    ]);
    expect(read(json).unkId).toBe(2);
    expect(read(json).toJSON()).toEqual(json);
  });

  it('gives no token for what is unknown where there is no unk, and never fails', () => {
    const model = read({ vocab: { a: 0 }, unk_token: '<unk>' });
    const ids: number[] = [];
    for (const piece of ['b', 'a', 'c']) model.encodePiece(piece, ids);
    expect(ids).toEqual([0]);
  });

  it.each([
    [{ vocab: { a: 0 } }, 'model.unk_token: expected a string'],
    [{ vocab: ['a'], unk_token: 'a' }, 'model.vocab: expected an object'],
    [{ vocab: { a: -1 }, unk_token: 'a' }, 'model.vocab["a"]: expected an id'],
  ])('refuses %j', (bad, message) => {
    expect(() => read(bad)).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(message) }),
    );
  });
});
