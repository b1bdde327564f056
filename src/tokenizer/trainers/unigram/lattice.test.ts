import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PieceRules } from './char-kinds.ts';
import { Lattice, type Pieces } from './lattice.ts';
import { findSeeds } from './seeds.ts';
import { cutSegments } from './segments.ts';

const rules: PieceRules = {
  characterCoverage: 1,
  maxPieceLength: 4,
  splitByWhitespace: true,
  splitByUnicodeScript: true,
  splitByNumber: true,
  splitDigits: false,
  requiredChars: '',
};

/** A lattice over words, with scores that a seed decides; every fifth piece is dropped. */
function lattice(words: readonly (readonly [string, number])[], seed: number, spread: number) {
  const segments = cutSegments(words, rules);
  const seeds = findSeeds(segments, rules.maxPieceLength, 1000, true);
  const spellings = Array.from(seeds.lengths, (length, i) =>
    segments.spell(seeds.places[i]!, seeds.places[i]! + length),
  );
  const kept = spellings.map((_, i) => (i * 7 + seed) % 5 !== 0 || i === 0);
  let count = 0;
  seeds.edges.renumber(Int32Array.from(kept, (isKept) => (isKept ? count++ : -1)));
  const names = spellings.filter((_, i) => kept[i]);
  const scores = Float64Array.from(names, (_, i) => -1 - (((i + 1) * (seed + 3)) % 17) * spread);
  const pieces: Pieces = {
    scores,
    least: Math.min(...scores),
    lengths: seeds.lengths.filter((_, i) => kept[i]),
    places: seeds.places.filter((_, i) => kept[i]),
  };
  return { lattice: new Lattice(segments, seeds.edges, rules.maxPieceLength), pieces, names };
}

/** Every way to write the word: pieces (0 for an unknown character) and the sum of their scores. */
function* segmentations(
  word: string,
  names: readonly string[],
  { scores, least }: Pieces,
): Generator<[number[], number]> {
  if (word === '') yield [[], 0];
  for (let length = 1; length <= Math.min(word.length, rules.maxPieceLength); length++) {
    const piece = names.indexOf(word.slice(0, length));
    if (piece < 0 && length > 1) continue;
    const score = piece < 0 ? least - 10 : scores[piece]!;
    for (const [rest, sum] of segmentations(word.slice(length), names, { scores, least } as Pieces))
      yield [[Math.max(0, piece), ...rest], score + sum];
  }
}

const words = fc.uniqueArray(
  fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 8 }).map((letters) => letters.join('')),
  { minLength: 1, maxLength: 6 },
);

describe('Lattice', () => {
  it('sums over all segmentations', () => {
    fc.assert(
      fc.property(words, fc.nat(20), (texts, seed) => {
        const weighted = texts.map((text, i) => [text, i + 1] as const);
        const { lattice: sums, pieces, names } = lattice(weighted, seed, 0.3);
        const expected = new Float64Array(names.length);
        const best = new Float64Array(names.length);
        for (const [word, count] of weighted) {
          const all = [...segmentations(word, names, pieces)];
          const total = all.reduce((sum, [, score]) => sum + Math.exp(score), 0);
          for (const [path, score] of all)
            for (const piece of path) expected[piece]! += (count * Math.exp(score)) / total;
          const top = all.reduce((a, b) => (b[1] > a[1] + 1e-9 ? b : a));
          if (all.some((other) => other !== top && Math.abs(other[1] - top[1]) < 1e-9)) return; // a tie
          for (const piece of top[0]) best[piece]! += count;
        }
        const found = sums.expectations(pieces);
        for (const [i, count] of expected.entries()) expect(found[i]).toBeCloseTo(count, 9);
        expect(sums.bestCounts(pieces)).toEqual(best);
      }),
    );
  });

  it('writes a piece without itself', () => {
    fc.assert(
      fc.property(words, fc.nat(20), (texts, seed) => {
        const {
          lattice: paths,
          pieces,
          names,
        } = lattice(
          texts.map((text) => [text, 2]),
          seed,
          0.3,
        );
        const without: number[] = [];
        for (const [piece, name] of names.entries()) {
          const score = paths.writeWithout(piece, pieces, without);
          const others = [...segmentations(name, names, pieces)].filter(([path]) => path.length > 1);
          if (name.length === 1) expect([score, without]).toEqual([Number.NEGATIVE_INFINITY, []]);
          else expect(score).toBeCloseTo(Math.max(...others.map(([, sum]) => sum)), 9);
        }
      }),
    );
  });

  it('does not underflow in long words', () => {
    // Far below the smallest double: e^(−20 · 3000).
    const word = 'abcd'.repeat(2500);
    const {
      lattice: sums,
      pieces,
      names,
    } = lattice(
      [
        [word, 3],
        ['abd', 1],
      ],
      1,
      2,
    );
    const found = sums.expectations(pieces);
    const characters = names.reduce((sum, name, i) => sum + found[i]! * name.length, 0);
    expect(characters).toBeCloseTo(3 * word.length + 3, 3);
    expect(found.every((count) => count >= 0 && Number.isFinite(count))).toBe(true);
  });
});
