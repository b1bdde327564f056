import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bpePlan } from '../bpe/cutting.ts';
import { tokenToBytes, wellFormed } from '../byte-level.ts';
import { patternJson, patternNames } from '../pre-tokenizers/patterns.ts';
import { readPreTokenizer } from '../pre-tokenizers/read.ts';
import { splitText } from '../pre-tokenizers/run.ts';
import { type CuttingPlan, corpusCutter } from './corpus-cutter.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function cut(plan: CuttingPlan, text: string): string[] {
  const words: string[] = [];
  corpusCutter(plan).cutText(text, (bytes, start, end) => words.push(decoder.decode(bytes.subarray(start, end))));
  return words;
}

describe('corpusCutter', () => {
  const part = fc.constantFrom(
    'a',
    'B',
    "'s",
    "'LL",
    ' ',
    '  ',
    '\n',
    '\r\n',
    '12',
    '3',
    '中',
    '文字',
    'é',
    '🐎',
    '.',
    '\ud800',
    '\u0300',
  );
  const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''));

  it.each(patternNames)('%s: the pass over bytes equals the steps on strings', (name) => {
    const json = patternJson(name);
    const { steps } = readPreTokenizer(json);
    fc.assert(
      fc.property(text, (sample) => {
        const pieces = splitText(wellFormed(sample), steps, true).map((piece) => decoder.decode(tokenToBytes(piece)!));
        expect(cut({ preTokenizer: json }, sample)).toEqual(pieces);
      }),
    );
  });

  it('cuts by steps on strings where it must, with the same words for bytes', () => {
    const digits = bpePlan({ pattern: 'gpt2', splitDigits: true });
    expect(cut(digits, 'in 2024, 中文')).toEqual(['in', ' ', '2', '0', '2', '4', ',', ' 中文']);
    expect(cut({ preTokenizer: { type: 'ByteLevel' } }, 'a b')).toEqual([' a', ' b']);
    expect(corpusCutter(digits).byteLevel).toBe(true);
  });

  it('writes spaces as marks for characters, in front of a text only', () => {
    const plan = bpePlan({ alphabet: 'characters' });
    expect(cut(plan, 'low lower\n newest')).toEqual(['▁low', '▁lower', '\n', '▁newest']);
    expect(cut(bpePlan({ alphabet: 'characters', addPrefixSpace: false }), 'a b')).toEqual(['a', '▁b']);
    const words: string[] = [];
    const bytes = new TextEncoder().encode('low on');
    const take = (from: Uint8Array, start: number, end: number) =>
      words.push(decoder.decode(from.subarray(start, end)));
    corpusCutter(plan).cutBytes(bytes, 0, bytes.length, take, false);
    expect(words).toEqual(['low', '▁on']);
    expect(corpusCutter(plan).byteLevel).toBe(false);
  });

  it('cuts around strings that stand for themselves', () => {
    const plan = { preTokenizer: patternJson('gpt2'), isolated: ['<sep>', '<s'] };
    expect(cut(plan, 'a b<sep> c<s<sep><sep>')).toEqual(['a', ' b', ' c']);
    expect(cut(plan, '<sep>')).toEqual([]);
  });

  it('normalizes first, keeping track of where a text begins', () => {
    const preTokenizer = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true };
    const plan = { normalizer: { type: 'Lowercase' }, preTokenizer, isolated: ['|'] };
    expect(cut(plan, 'Ab C|De F')).toEqual(['▁ab', '▁c', 'de', '▁f']);
  });
});
