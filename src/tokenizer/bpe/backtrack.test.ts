import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backtracker } from './backtrack.ts';
import { Derivation, type Merges } from './derivation.ts';
import { mergeIds } from './merge.ts';
import { TokenBytes } from './token-bytes.ts';

const symbols = ['a', 'b', 'c'];

/** A vocabulary over a few letters: each merge joins two tokens there are, in any order of rank. */
interface Vocabulary {
  readonly tokens: readonly string[];
  readonly merges: Merges;
}

function vocabulary(
  pairs: readonly (readonly [number, number])[],
  order: readonly number[],
  allSplits: boolean,
): Vocabulary {
  const tokens = [...symbols];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  let list: [number, number, number][] = [];
  for (const [i, j] of pairs) {
    const left = i % tokens.length;
    const right = j % tokens.length;
    const text = tokens[left]! + tokens[right]!;
    if (text.length > 12) continue;
    let id = ids.get(text);
    if (id === undefined) {
      id = tokens.push(text) - 1;
      ids.set(text, id);
    } else if (allSplits) continue;
    list.push([left, right, id]);
  }
  if (allSplits) {
    // As tiktoken's ranks are written in tokenizer.json: every split of a token is a merge.
    list = tokens.slice(symbols.length).flatMap((text, i) =>
      Array.from({ length: text.length - 1 }, (_, cut) => [text.slice(0, cut + 1), text.slice(cut + 1)] as const)
        .filter(([left, right]) => ids.has(left) && ids.has(right))
        .map(([left, right]): [number, number, number] => [ids.get(left)!, ids.get(right)!, i + symbols.length]),
    );
  }
  if (order.length > 0 && !allSplits)
    list = list
      .map((merge, i) => ({ merge, key: order[i % order.length]! + i * 1e-6 }))
      .sort((a, b) => a.key - b.key)
      .map((one) => one.merge);
  return {
    tokens,
    merges: {
      left: Int32Array.from(list, (one) => one[0]),
      right: Int32Array.from(list, (one) => one[1]),
      result: Int32Array.from(list, (one) => one[2]),
    },
  };
}

const encoder = new TextEncoder();

function bothWays({ tokens, merges }: Vocabulary, text: string) {
  const derivation = new Derivation(tokens.length, [0, 1, 2], merges);
  const ids = Int32Array.from(text, (char) => symbols.indexOf(char));
  const length = mergeIds(ids, ids.length, derivation.table);
  const merged = [...ids.subarray(0, length)];
  if (!derivation.consistent) return { consistent: false, merged, tracked: merged };
  const tracked: number[] = [];
  const bytes = encoder.encode(text);
  new Backtracker(derivation, TokenBytes.utf8(tokens)).encode(bytes, 0, bytes.length, tracked);
  return { consistent: true, merged, tracked };
}

const pairs = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 30 });
const text = fc.string({ unit: fc.constantFrom(...symbols), minLength: 1, maxLength: 60 });

describe('Backtracker', () => {
  it('equals merging step by step: merges in the order they were learnt', () => {
    let consistent = 0;
    fc.assert(
      fc.property(pairs, text, (given, sample) => {
        const result = bothWays(vocabulary(given, [], false), sample);
        expect(result.tracked).toEqual(result.merged);
        if (result.consistent) consistent++;
      }),
      { numRuns: 3000, seed: 1 },
    );
    expect(consistent).toBeGreaterThan(1000);
  });

  it('equals merging step by step: all splits of every token', () => {
    let consistent = 0;
    fc.assert(
      fc.property(pairs, text, (given, sample) => {
        const result = bothWays(vocabulary(given, [], true), sample);
        expect(result.tracked).toEqual(result.merged);
        if (result.consistent) consistent++;
      }),
      { numRuns: 3000, seed: 2 },
    );
    expect(consistent).toBeGreaterThan(1000);
  });

  it('sees where the order of merges makes it inexact', () => {
    let inconsistent = 0;
    fc.assert(
      fc.property(pairs, fc.array(fc.nat(50), { minLength: 5, maxLength: 30 }), text, (given, order, sample) => {
        const result = bothWays(vocabulary(given, order, false), sample);
        expect(result.tracked).toEqual(result.merged);
        if (!result.consistent) inconsistent++;
      }),
      { numRuns: 5000, seed: 3 },
    );
    expect(inconsistent).toBeGreaterThan(50);
  });

  it('takes a million equal letters', () => {
    const given = vocabulary(
      [
        [0, 0],
        [3, 3],
        [4, 4],
        [5, 0],
      ],
      [],
      false,
    );
    const result = bothWays(given, 'a'.repeat(1_000_003));
    expect(result.consistent).toBe(true);
    expect(result.tracked).toEqual(result.merged);
  });
});
