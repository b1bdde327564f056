import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { byteChars } from '../byte-level.ts';
import { hashBytes } from '../regex/dfa.ts';
import { bpe, createBpe } from './bpe.ts';

interface Golden {
  readonly cases: readonly {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
    /** text, ids, offsets in UTF-8 bytes */
    readonly rows: readonly (readonly [string, number[], [number, number][]])[];
  }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../../tests/golden/tokenizer/bpe.json', import.meta.url), 'utf8'),
) as Golden;

const never = () => {
  throw new Error('holds no other component');
};

/** Byte offsets as spans of whole characters, in UTF-16 units. */
function toUnits(text: string, offsets: readonly (readonly [number, number])[]): number[] {
  const starts: number[] = [];
  const ends: number[] = [];
  let unit = 0;
  for (const char of text) {
    for (let byte = new TextEncoder().encode(char).length; byte > 0; byte--) {
      starts.push(unit);
      ends.push(unit + char.length);
    }
    unit += char.length;
  }
  return offsets.flatMap(([from, to]) => [starts[from]!, ends[to - 1]!]);
}

describe('BPE', () => {
  it.each(golden.cases.map((one) => [JSON.stringify(one.settings), one] as const))(
    'equals Hugging Face: %s',
    (_, { settings, vocab, merges, rows }) => {
      const model = bpe.read({ type: 'BPE', ...settings, vocab, merges }, 'model', never);
      // Twice: the second time what was remembered or built on the way is in use.
      for (const [text, ids, offsets] of [...rows, ...rows]) {
        const found: number[] = [];
        const spans: number[] = [];
        model.encodePiece(text, found, spans);
        expect(found).toEqual(ids);
        if (settings.unk_token || settings.byte_fallback) expect(spans).toEqual(toUnits(text, offsets));
      }
      const again = bpe.read({ ...model.toJSON() }, 'model', never);
      for (const [text, ids] of rows) {
        const found: number[] = [];
        again.encodePiece(text, found);
        expect(found).toEqual(ids);
      }
    },
  );

  it('gives the same ids on raw bytes as on the byte alphabet', () => {
    const merges: [string, string][] = [
      ['a', 'b'],
      ['ä', '¸'],
      ['ä¸', 'Ń'],
      ['ab', 'ab'],
      ['ä¸Ń', 'æ'],
      ['æ', 'ĸ'],
    ];
    const tokens = [...byteChars, ...merges.map(([left, right]) => left + right)];
    const model = createBpe({ vocab: new Map(tokens.map((token, id) => [token, id])), merges });
    const encoder = new TextEncoder();
    for (const text of ['ababab', '中文中', 'aéb中ab', '中'.repeat(100), 'ab'.repeat(100)]) {
      const bytes = encoder.encode(text);
      const spelled: number[] = [];
      model.encodePiece(Array.from(bytes, (byte) => byteChars[byte]).join(''), spelled);
      for (let time = 0; time < 2; time++) {
        const raw: number[] = [];
        model.byteLevel().encode(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length), raw);
        expect(raw).toEqual(spelled);
      }
    }
  });

  it('takes a word of a million letters, exactly', () => {
    const tokens = ['<unk>', 'a', 'b', 'aa', 'aaaa', 'ab'];
    const merges: [string, string][] = [
      ['a', 'a'],
      ['aa', 'aa'],
      ['a', 'b'],
    ];
    const model = createBpe({ vocab: new Map(tokens.map((token, id) => [token, id])), merges, unkToken: '<unk>' });
    const ids: number[] = [];
    model.encodePiece(`${'a'.repeat(1_000_001)}b`, ids);
    expect(ids.length).toBe(250_001);
    expect(ids.slice(-2)).toEqual([4, 5]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['vocabulary', { vocab: [] }, 'model.vocab'],
    ['id', { vocab: { a: -1 } }, 'model.vocab["a"]'],
    ['huge id', { vocab: { a: 1e9 } }, 'model.vocab["a"]'],
    ['same id', { vocab: { a: 0, b: 0 } }, 'model.vocab["b"]'],
    ['merges', { merges: {} }, 'model.merges'],
    ['merge', { merges: ['a b c'] }, 'model.merges[0]'],
    ['missing part', { merges: [['a', 'x']] }, 'model.merges[0]'],
    ['missing result', { merges: [['b', 'a']] }, 'model.merges[0]'],
    ['empty part', { merges: [['', 'a']] }, 'model.merges[0]'],
    ['unk', { unk_token: '<unk>' }, 'model.unk_token'],
    ['unk kind', { unk_token: 7 }, 'model.unk_token'],
    ['fuse_unk', { fuse_unk: 'yes' }, 'model.fuse_unk'],
  ])('refuses a wrong %s, naming its place', (_, wrong, place) => {
    const json = { vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']], ...wrong };
    expect(() => bpe.read(json, 'model', never)).toThrow(expect.objectContaining({ code: 'bad-file', place }));
  });

  it('refuses dropout', () => {
    expect(() => bpe.read({ vocab: {}, merges: [], dropout: 0.1 }, 'model', never)).toThrow(/dropout/);
  });
});
