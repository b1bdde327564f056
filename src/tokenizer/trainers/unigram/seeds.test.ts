import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WordCount } from '../corpus-text.ts';
import type { PieceRules } from './char-kinds.ts';
import { findSeeds } from './seeds.ts';
import { cutSegments } from './segments.ts';

const rules: PieceRules = {
  characterCoverage: 1,
  maxPieceLength: 5,
  splitByWhitespace: true,
  splitByUnicodeScript: true,
  splitByNumber: true,
  splitDigits: false,
  requiredChars: '',
};

/** Every piece with its score, from the words themselves. */
function seedsOf(words: readonly WordCount[], seedSize = 1000, all = true) {
  const segments = cutSegments(words, rules);
  const seeds = findSeeds(segments, rules.maxPieceLength, seedSize, all);
  const spell = (i: number) => segments.spell(seeds.places[i]!, seeds.places[i]! + seeds.lengths[i]!);
  const found = new Map(Array.from(seeds.scores, (score, i) => [spell(i), score]));
  return { segments, seeds, spell, found };
}

/** Strings that occur twice and are followed by different things; the end of a word is another thing every time. */
function slowly(words: readonly (readonly [string, number])[]): Map<string, number> {
  const counts = new Map<string, number>();
  const followers = new Map<string, string[]>();
  for (const [word, count] of words) {
    for (let from = 0; from < word.length; from++) {
      for (let to = from + 1; to <= word.length; to++) {
        const text = word.slice(from, to);
        counts.set(text, (counts.get(text) ?? 0) + count);
        followers.set(text, [
          ...(followers.get(text) ?? []),
          ...Array(to < word.length ? 1 : 2).fill(word[to] ?? `${followers.size}`),
        ]);
        if (to === word.length) followers.get(text)!.push(`end ${from} ${word}`);
      }
    }
  }
  const scores = new Map<string, number>();
  for (const [text, count] of counts) {
    const open = text.length === 1 || (count >= 2 && new Set(followers.get(text)).size > 1);
    if (open && text.length <= rules.maxPieceLength) scores.set(text, count * text.length);
  }
  return scores;
}

describe('findSeeds', () => {
  const word = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 })
    .map((letters) => letters.join(''));

  it('finds what a slow search finds, with counts of words as weights', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 12 }),
        (words, counts) => {
          const weighted = words.map((text, i) => [text, counts[i]!] as const);
          const { found } = seedsOf(weighted);
          expect(new Map([...found].sort())).toEqual(new Map([...slowly(weighted)].sort()));
        },
      ),
    );
  });

  it('lays an edge for every occurrence, short ones first', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 8 }), (words) => {
        const { segments, seeds, spell, found } = seedsOf(words.map((text) => [text, 2]));
        const { firsts, pieces, spans } = seeds.edges;
        for (const [s, text] of words.entries()) {
          for (let at = 0; at < text.length; at++) {
            const place = segments.starts[s]! + at;
            const edges = [];
            for (let edge = firsts[place]!; edge < firsts[place + 1]!; edge++) {
              expect(spell(pieces[edge]!)).toHaveLength(spans[edge]!);
              edges.push(spell(pieces[edge]!));
            }
            const expected = Array.from({ length: text.length - at }, (_, i) => text.slice(at, at + i + 1));
            expect(edges).toEqual(expected.filter((piece) => found.has(piece)));
          }
        }
      }),
    );
  });

  it('keeps the best of them, and overlooks what SentencePiece overlooks', () => {
    const long = (...args: Parameters<typeof seedsOf>) =>
      [...seedsOf(...args).found.keys()].filter((piece) => piece.length > 1).sort();
    const words = [
      ['▁abc', 3],
      ['▁abd', 2],
      ['▁xyz', 9],
    ] as const;
    expect(seedsOf(words).found.get('▁xyz')).toBe(36);
    expect(long(words, 1)).toEqual(['▁xyz']);
    // After ▁xyz there is always a space; after ab there are c and d.
    expect(long(words, 1000, false)).toEqual(['ab', '▁ab']);
    expect(long([...words, ['▁xyz,', 1]], 1000, false)).toEqual(['ab', 'xyz', 'yz', '▁ab', '▁xyz']);
    // é and è begin with the same byte.
    expect(
      long(
        [
          ['▁abé', 3],
          ['▁abè', 2],
        ],
        1000,
        false,
      ),
    ).toEqual([]);
    // The end of a text is no space; but behind ▁no every text ends.
    expect(
      long(
        [
          ['▁yes', 3, 1],
          ['▁no', 3, 3],
        ],
        1000,
        false,
      ),
    ).toEqual(['es', 'yes', '▁yes']);
    expect(
      long(
        [
          ['▁yes', 3, 0],
          ['▁no', 3, 0],
        ],
        1000,
        false,
      ),
    ).toEqual([]);
  });
});
