/** Encodings and decoded text of tokenizers of random parts against Hugging Face's, frozen in wiring.json by make_wiring.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromJSON } from '../../../src/tokenizer/hf/read.ts';
import type { Encoding, Tokenizer } from '../../../src/tokenizer/types.ts';

type Fields = [
  ids: number[],
  types: number[],
  tokens: string[],
  offsets: [number, number][],
  words: (number | null)[],
  sequences: (number | null)[],
  special: number[],
  attention: number[],
  overflowing: Fields[],
];

interface EncodeCase {
  readonly text: string;
  readonly pair?: string;
  readonly special: boolean;
  /** Special tokens in the text are ordinary text. */
  readonly plain: boolean;
  readonly expect?: Fields;
  readonly error?: true;
}

interface Golden {
  readonly tokenizers: string;
  readonly models: object[];
  readonly encodings: {
    readonly parts: { readonly truncation: object | null; readonly padding: object | null };
    readonly model: number;
    readonly cases: EncodeCase[];
    readonly texts: string[];
    readonly batch: number[][];
  }[];
  readonly tokens: string[];
  readonly decodings: { readonly parts: object; readonly cases: [number[], boolean, string][] }[];
}

const golden = JSON.parse(readFileSync(new URL('wiring.json', import.meta.url), 'utf8')) as Golden;

/** Code units → code points, for one text. */
function pointsOf(text: string): Map<number, number> {
  const points = new Map<number, number>();
  let unit = 0;
  for (const character of text) {
    points.set(unit, points.size);
    unit += character.length;
  }
  return points.set(unit, points.size);
}

/** An encoding as the referee gives it. @param expected tells which text an offset is of, where nothing else does */
function fieldsOf(encoding: Encoding, texts: readonly string[], expected: Fields): Fields {
  const points = texts.map(pointsOf);
  const offsets = encoding.offsets.map(([start, end], i): [number, number] => {
    const candidates = points.map((of): [number, number] => [of.get(start) ?? -1, of.get(end) ?? -1]);
    const [first, last] = expected[3][i] ?? [];
    return candidates.find((span) => span[0] === first && span[1] === last) ?? candidates[0]!;
  });
  return [
    encoding.ids,
    encoding.token_type_ids,
    encoding.tokens,
    offsets,
    encoding.word_ids,
    encoding.sequence_ids,
    encoding.special_tokens_mask,
    encoding.attention_mask,
    encoding.overflowing.map((part, i) => fieldsOf(part, texts, expected[8][i] ?? expected)),
  ];
}

function checkCase(tokenizer: Tokenizer, item: EncodeCase, idsAlone: boolean): void {
  const { text, pair } = item;
  const options = { addSpecialTokens: item.special, allowedSpecial: item.plain ? ('none' as const) : ('all' as const) };
  const encode = () => tokenizer.encodeFull(text, { ...options, ...(pair === undefined ? {} : { pair }) });
  if (item.error) {
    expect(encode).toThrow(expect.objectContaining({ code: 'bad-input', place: 'truncation' }));
    return;
  }
  expect(fieldsOf(encode(), pair === undefined ? [text] : [text, pair], item.expect!)).toEqual(item.expect);
  if (!idsAlone || pair !== undefined) return;
  const ids = item.expect![0];
  expect(tokenizer.encode(text, options)).toEqual(ids);
  expect(tokenizer.count(text, options)).toBe(ids.length);
  expect(tokenizer.isWithinTokenLimit(text, ids.length, options)).toBe(ids.length);
  if (ids.length > 0) expect(tokenizer.isWithinTokenLimit(text, ids.length - 1, options)).toBe(false);
}

describe(`encoding equals tokenizers ${golden.tokenizers}`, () => {
  it.each(golden.encodings.map((record, i) => [i, record] as const))('tokenizer %i', (_, record) => {
    const { parts, cases, texts, batch } = record;
    const json = { version: '1.0', ...parts, model: golden.models[record.model] };
    const written = JSON.parse(JSON.stringify(fromJSON(json).toJSON())) as Readonly<Record<string, unknown>>;
    expect(written).toMatchObject({ truncation: parts.truncation, padding: parts.padding });
    for (const tokenizer of [fromJSON(json), fromJSON(written)]) {
      for (const item of cases) checkCase(tokenizer, item, parts.truncation === null && parts.padding === null);
      expect(tokenizer.encodeBatch(texts).map((encoding) => encoding.ids)).toEqual(batch);
    }
  });
});

describe(`decoding equals tokenizers ${golden.tokenizers}`, () => {
  const model = {
    type: 'WordLevel',
    vocab: Object.fromEntries(golden.tokens.map((token, id) => [token, id])),
    unk_token: 'x',
  };
  it.each(golden.decodings.map((record, i) => [i, record] as const))('decoder %i', (_, { parts, cases }) => {
    const tokenizer = fromJSON({ version: '1.0', ...parts, model });
    for (const [ids, skipSpecialTokens, text] of cases) {
      expect(tokenizer.decode(ids, { skipSpecialTokens })).toBe(text);
      const stream = tokenizer.createDecoder({ skipSpecialTokens });
      // Twice: a stream starts afresh.
      for (let round = 0; round < 2; round++)
        expect(ids.map((id) => stream.push(id)).join('') + stream.flush()).toBe(text);
    }
  });
});
