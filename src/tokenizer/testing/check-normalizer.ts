/** The contract of every normalizer, for its test: both tiers give the same text, and its JSON gives it back. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { AlignedText } from '../aligned-text.ts';
import { readNormalizer } from '../normalizers/read.ts';
import type { Json, Normalizer } from '../types.ts';
import { awkwardText } from './awkward-text.ts';

/** The normalizer of a JSON, once it has kept the contract on any text. */
export function checkedNormalizer(json: NonNullable<Json>): Normalizer {
  const normalizer = readNormalizer(json)!;
  expect(readNormalizer(normalizer.toJSON())!.toJSON()).toEqual(normalizer.toJSON());
  fc.assert(
    fc.property(awkwardText, awkwardText, (before, text) => {
      // A slice, as behind an added token: alignments must stay inside it.
      const slice = AlignedText.of(before + text).slice(before.length, before.length + text.length);
      const aligned = normalizer.align(slice);
      const { starts, ends } = aligned;
      expect(aligned.text).toBe(normalizer.normalize(text));
      expect(aligned.origin).toBe(slice.origin);
      const isOrdered = starts.every((start, i) => start >= (starts[i - 1] ?? slice.origin) && start <= ends[i]!);
      expect(isOrdered).toBe(true);
      expect(ends.at(-1) ?? 0).toBeLessThanOrEqual(before.length + text.length);
    }),
    { numRuns: 100, seed: 4 },
  );
  return normalizer;
}

/** Where each code unit of the normalized text came from, as `start-end`. */
export function placesOf(normalizer: Normalizer, text: string): string {
  const { starts, ends } = normalizer.align(AlignedText.of(text));
  return Array.from(starts, (start, i) => `${start}-${ends[i]}`).join(' ');
}
