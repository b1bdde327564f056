/** The contract of every pre-tokenizer, for its test: both tiers give the same pieces, and its JSON gives it back. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { AlignedText } from '../aligned-text.ts';
import { readPreTokenizer } from '../pre-tokenizers/read.ts';
import { splitAligned, splitText } from '../pre-tokenizers/run.ts';
import type { Json } from '../types.ts';
import { awkwardText } from './awkward-text.ts';

/** The function that cuts a text as a JSON says, once it has kept the contract on any text. */
export function checkedCut(json: NonNullable<Json>): (text: string) => string[] {
  const { steps, toJSON } = readPreTokenizer(json);
  expect(readPreTokenizer(toJSON()).toJSON()).toEqual(toJSON());
  fc.assert(
    fc.property(awkwardText, awkwardText, (before, text) => {
      const slice = AlignedText.of(before + text).slice(before.length, before.length + text.length);
      const pieces = splitText(text, steps, before === '');
      expect(pieces).not.toContain('');
      const aligned = splitAligned(slice, steps);
      expect(aligned.map((piece) => piece.text)).toEqual(pieces);
      const spans = aligned.map((piece) => piece.originalSpan(0, piece.length)!);
      expect(aligned.map((piece) => piece.origin)).toEqual(spans.map(([start]) => start));
      const isOrdered = spans.every(([start], i) => start >= (spans[i - 1]?.[0] ?? before.length));
      expect(isOrdered).toBe(true);
      expect(spans.at(-1)?.[1] ?? 0).toBeLessThanOrEqual(before.length + text.length);
    }),
    { numRuns: 100, seed: 4 },
  );
  return (text) => splitText(text, steps, true);
}
