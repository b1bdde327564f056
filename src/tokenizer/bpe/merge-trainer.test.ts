import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnMerges, type MergeTrainerOptions } from './merge-trainer.ts';

/**
 * Hugging Face's trainer.rs and word.rs in the simplest words: a queue of entries, each a pair with the count it was
 * queued with and a set of words.
 * @returns undefined where two entries have the same pair and count: which of them comes first is left to chance there
 */
function learnSlowly(options: MergeTrainerOptions): { tokens: string[]; merges: string[][] } | undefined {
  const { starts, counts, maxTokenLength: longest = Number.POSITIVE_INFINITY, joined = (a, b) => a + b } = options;
  const tokens = [...options.symbols];
  const words = [...counts].map((_, w) =>
    [...options.ids.slice(starts[w], starts[w + 1])].map((id) => ({ id, length: 1 })),
  );
  const pairCounts = new Map<string, number>();
  const queue: { pair: string; count: number; words: Set<number> }[] = [];
  const places = new Map<string, Set<number>>();
  const change = (left: number, right: number, by: number, word: number) => {
    const pair = `${left} ${right}`;
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + by * counts[word]!);
    if (by > 0) places.set(pair, (places.get(pair) ?? new Set()).add(word));
  };
  const enqueue = () => {
    for (const [pair, set] of places)
      if (pairCounts.get(pair)! > 0) queue.push({ pair, count: pairCounts.get(pair)!, words: set });
    places.clear();
  };
  const ids = (pair: string) => pair.split(' ').map(Number) as [number, number];
  for (const [w, word] of words.entries())
    for (let i = 0; i + 1 < word.length; i++) change(word[i]!.id, word[i + 1]!.id, 1, w);
  enqueue();
  const merges = new Map<string, string[]>();
  while (tokens.length < options.vocabSize && queue.length > 0) {
    queue.sort((a, b) => b.count - a.count || ids(a.pair)[0] - ids(b.pair)[0] || ids(a.pair)[1] - ids(b.pair)[1]);
    const top = queue.shift()!;
    if (queue[0]?.pair === top.pair && queue[0].count === top.count) return undefined;
    const booked = pairCounts.get(top.pair)!;
    const count = booked < 0 ? Number.MAX_SAFE_INTEGER + booked : booked; // Hugging Face compares unsigned numbers
    if (top.count !== count) {
      queue.push({ ...top, count });
      continue;
    }
    if (count < Math.max(1, options.minFrequency)) break;
    const [left, right] = ids(top.pair);
    const merged = joined(tokens[left]!, tokens[right]!);
    if (!tokens.includes(merged)) tokens.push(merged);
    const id = tokens.indexOf(merged);
    merges.delete(top.pair);
    merges.set(top.pair, [tokens[left]!, tokens[right]!]);
    for (const w of top.words) {
      const word = words[w]!;
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i]!.id !== left || word[i + 1]!.id !== right) continue;
        const length = word[i]!.length + word[i + 1]!.length;
        if (i > 0) {
          change(word[i - 1]!.id, left, -1, w);
          if (word[i - 1]!.length + length < longest) change(word[i - 1]!.id, id, 1, w);
        }
        word.splice(i, 2, { id, length });
        if (i + 1 < word.length) {
          change(right, word[i + 1]!.id, -1, w);
          if (word[i + 1]!.length + length < longest) change(id, word[i + 1]!.id, 1, w);
        }
      }
    }
    enqueue();
  }
  return { tokens, merges: [...merges.values()] };
}

function corpus(words: readonly string[], symbols: readonly string[]) {
  const starts = new Int32Array(words.length + 1);
  const ids: number[] = [];
  for (const [w, word] of words.entries()) {
    for (const letter of word) ids.push(symbols.indexOf(letter));
    starts[w + 1] = ids.length;
  }
  return { symbols, ids: Int32Array.from(ids), starts };
}

describe('learnMerges', () => {
  const word = (letters: string) =>
    fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 14 }).map((list) => list.join(''));
  const distinct = (letters: string) => fc.uniqueArray(word(letters), { minLength: 1, maxLength: 25 });
  const learns = (
    letters: string,
    extra: readonly string[],
    more: Partial<MergeTrainerOptions> & { spelled?: string[] } = {},
  ) =>
    fc.assert(
      fc.property(distinct(letters), fc.array(fc.integer({ min: 1, max: 5 })), fc.nat(2), (words, weights, least) => {
        const options = {
          ...corpus(words, [...extra, ...letters]),
          counts: Float64Array.from(words, (_, i) => weights[i] ?? 1),
          vocabSize: 40,
          minFrequency: least,
          ...more,
          ...(more.spelled && { symbols: more.spelled }),
        };
        const expected = learnSlowly(options);
        fc.pre(expected !== undefined);
        const { tokens, merges } = learnMerges(options);
        expect({ tokens, merges }).toEqual(expected);
      }),
      { numRuns: 60, seed: 7 },
    );

  it('equals the definition on letters full of ties', () => learns('abc', []));
  it('equals it where merges come to tokens that are there already', () => learns('ab', ['aa', 'aab', 'ba']));
  it('equals it with a largest token length', () => learns('abc', ['ab'], { maxTokenLength: 4 }));
  // Words of ab, a and b: the token ab has one symbol or two.
  it('equals it with tokens of several lengths', () => learns('abD', [], { spelled: ['a', 'b', 'ab'] }));
  it('equals it with tokens of several lengths and a largest one', () =>
    learns('abD', [], { spelled: ['a', 'b', 'ab'], maxTokenLength: 4 }));
  // Pairs come to one token in many ways.
  it('equals it with another spelling', () =>
    learns('abc', [], { joined: (left, right) => [...(left + right)].sort().join('') }));

  it('keeps books of frequent pairs and comes down to rare ones', () => {
    // Counts from a million to 1, so that the words are counted anew on the way.
    const words = Array.from(
      { length: 120 },
      (_, i) => `${String.fromCharCode(97 + (i % 26))}${'xyz'[i % 3]}${'uvw'[(i % 7) % 3]}${i % 2 ? 'xy' : ''}`,
    );
    const options = {
      ...corpus([...new Set(words)], [...'abcdefghijklmnopqrstuvwxyz']),
      counts: Float64Array.from(new Set(words), (_, i) => Math.ceil(1e6 / 1.3 ** i)),
      vocabSize: 300,
      minFrequency: 0,
    };
    const { tokens, merges } = learnMerges(options);
    expect({ tokens, merges }).toEqual(learnSlowly(options));
    expect(merges.length).toBeGreaterThan(60);
  });

  it('is exact where 32 bits and single precision are not', () => {
    const options = {
      ...corpus(['ab', 'bc', 'xbc'], [...'abcx']),
      counts: Float64Array.from([2 ** 40 + 1, 2 ** 40, 1]),
      vocabSize: 5,
      minFrequency: 0,
    };
    expect(learnMerges(options).merges).toEqual([['a', 'b']]); // equally often: the smaller pair
    options.counts[2] = 2;
    expect(learnMerges(options).merges).toEqual([['b', 'c']]);
  });

  it('takes a word of 200,000 letters', () => {
    const ids = new Int32Array(200_000).map((_, i) => (i * i) % 3);
    const started = performance.now();
    const { merges } = learnMerges({
      symbols: ['a', 'b', 'c'],
      ids,
      starts: Int32Array.of(0, ids.length),
      counts: Float64Array.of(1),
      vocabSize: 300,
      minFrequency: 0,
    });
    expect(merges.length).toBeGreaterThan(5);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
