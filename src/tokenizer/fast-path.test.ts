import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteChars, wellFormed } from './byte-level.ts';
import { fastPath } from './fast-path.ts';
import { createBpe } from './models/bpe.ts';
import { readNormalizer } from './normalizers/read.ts';
import { gpt2Regex, gpt4Regex } from './pre-tokenizers/patterns.ts';
import { readPreTokenizer } from './pre-tokenizers/read.ts';
import { splitText } from './pre-tokenizers/run.ts';
import type { Json } from './types.ts';

const encoder = new TextEncoder();
const spell = (text: string) => Array.from(encoder.encode(text), (byte) => byteChars[byte]!).join('');

/** A byte-level vocabulary whose merges build these texts from the left. */
function model(words: readonly string[], ignoreMerges = false) {
  const tokens = [...byteChars];
  const merges: [string, string][] = [];
  for (const word of words) {
    const bytes = spell(word);
    for (let end = 2; end <= bytes.length; end++) {
      const joined = bytes.slice(0, end);
      if (tokens.includes(joined)) continue;
      merges.push([bytes.slice(0, end - 1), bytes[end - 1]!]);
      tokens.push(joined);
    }
  }
  return createBpe({ vocab: new Map(tokens.map((token, id) => [token, id])), merges, ignoreMerges });
}

const words = [
  'the',
  ' the',
  ' cat',
  'ing',
  '中国',
  '你好',
  '中文',
  '  ',
  '\n\n',
  'é',
  '123',
  '!!',
  '😀',
  "'s",
  'aaaa',
];
const isolate = (Regex: string): Json => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const bytes = (use_regex: boolean, add_prefix_space = false): Json => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets: true,
  use_regex,
});
const sequence = (...pretokenizers: Json[]): Json => ({ type: 'Sequence', pretokenizers });

const pipelines: Readonly<Record<string, Json>> = {
  gpt2: bytes(true),
  'gpt2 with a space in front': bytes(true, true),
  'bytes alone': bytes(false),
  gpt4: sequence(isolate(gpt4Regex), bytes(false)),
  'gpt4 then gpt2': sequence(isolate(gpt4Regex), bytes(true)),
  'three cuts (DeepSeek V3)': sequence(
    isolate('\\p{N}{1,3}'),
    isolate('[一-龥぀-ゟ゠-ヿ]+'),
    isolate(gpt2Regex),
    bytes(false),
  ),
  'matches only': sequence(
    { type: 'Split', pattern: { Regex: '\\p{L}+' }, behavior: 'Removed', invert: true },
    bytes(false),
  ),
  'gaps only': sequence(
    { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed', invert: false },
    bytes(false),
  ),
};

const parts = fc.constantFrom(
  ...words,
  'a',
  'b',
  ' ',
  '\t',
  '\r\n',
  '中',
  '国',
  '，',
  '٣',
  'e\u0301',
  '\ud800',
  '\u0000',
  '𠮷',
  '\u00a0',
);
const text = fc.oneof(
  fc.array(parts, { maxLength: 20 }).map((list) => list.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

describe('fastPath', () => {
  for (const ignoreMerges of [false, true]) {
    const bpe = model(words, ignoreMerges);
    it.each(Object.entries(pipelines))(`equals the path over strings: %s, ignore_merges ${ignoreMerges}`, (_, json) => {
      const preTokenizer = readPreTokenizer(json);
      const fast = fastPath({ preTokenizer, model: bpe })!;
      expect(fast).toBeDefined();
      fc.assert(
        fc.property(text, (sample) => {
          const found: number[] = [];
          fast(sample, found);
          const expected: number[] = [];
          for (const piece of splitText(wellFormed(sample), preTokenizer.steps, true)) bpe.encodePiece(piece, expected);
          expect(found).toEqual(expected);
        }),
        { numRuns: 300, seed: 21 },
      );
    });
  }

  it('normalizes first', () => {
    const bpe = model(words);
    const preTokenizer = readPreTokenizer(pipelines.gpt4!);
    const ids: number[] = [];
    fastPath({ normalizer: readNormalizer({ type: 'NFC' }), preTokenizer, model: bpe })!('e\u0301', ids);
    expect(ids).toEqual([bpe.tokenToId(spell('é'))]);
  });

  it('remembers many pieces, and forgets without harm', () => {
    const bpe = model(['ab', 'abc']);
    const preTokenizer = readPreTokenizer(pipelines.gpt4!);
    const fast = fastPath({ preTokenizer, model: bpe })!;
    const sample = Array.from({ length: 150_000 }, (_, i) => ` x${i.toString(36).replaceAll(/\d/g, 'q')}ab`).join('');
    const first: number[] = [];
    fast(sample, first);
    const second: number[] = [];
    fast(sample, second);
    expect(second).toEqual(first);
    const slow: number[] = [];
    for (const piece of splitText(sample, preTokenizer.steps, true)) bpe.encodePiece(piece, slow);
    expect(first).toEqual(slow);
  });

  it('leaves to others what it does not know', () => {
    const bpe = model(words);
    for (const json of [
      null,
      { type: 'Whitespace' },
      sequence(isolate('b*'), bytes(false)),
      sequence({ type: 'Digits', individual_digits: true }, bytes(true)),
    ])
      expect(fastPath({ preTokenizer: readPreTokenizer(json as Json), model: bpe })).toBeUndefined();
  });
});
