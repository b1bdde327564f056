/** What feeds may be, and what is said when they do not fit. */
import { describe, expect, it } from 'vitest';
import { checkFeeds, type Feed, resolveDim, resolveShape } from './feeds.ts';
import type { TensorSpec } from './types.ts';

const inputs: TensorSpec[] = [
  { name: 'ids', dtype: 'int64', shape: ['B', 'T'] },
  { name: 'flat', dtype: 'float32', shape: ['B*T'] },
  { name: 'lr', dtype: 'float32', shape: [] },
];
const ids = (b: number, t: number): Feed => ({ dtype: 'int64', shape: [b, t], data: new BigInt64Array(b * t) });
const check = (feeds: Record<string, Feed>, sizes = new Map<string, number>()) =>
  checkFeeds(inputs, feeds, sizes, 'step');

describe('dims', () => {
  it('evaluates polynomials', () => {
    const sizes = new Map([
      ['B', 2],
      ['T', 5],
    ]);
    expect(['B', '4*B*T', 'B*T+1', 'T-1', '2*T-B+3'].map((dim) => resolveDim(dim, sizes))).toEqual([2, 40, 11, 4, 11]);
    expect(resolveDim('X', sizes)).toBeUndefined();
    expect(resolveShape(['B', 3], sizes)).toEqual([2, 3]);
    expect(resolveShape(['X', 3], sizes)).toBeUndefined();
  });
});

describe('feeds', () => {
  it('completes arrays and numbers, and gives the sizes', () => {
    const sizes = new Map<string, number>();
    const feeds = check({ ids: ids(2, 3), flat: new Float32Array(6), lr: 0.5 }, sizes);
    expect(feeds.map(({ name, value }) => [name, value.dtype, value.shape])).toEqual([
      ['ids', 'int64', [2, 3]],
      ['flat', 'float32', [6]],
      ['lr', 'float32', []],
    ]);
    expect(feeds[2]!.value.data).toEqual(Float32Array.of(0.5));
    expect(Object.fromEntries(sizes)).toEqual({ B: 2, T: 3 });
  });

  const flat = new Float32Array(6);
  const wrong: [string, Record<string, Feed>, string][] = [
    ['a missing input', { ids: ids(2, 3), lr: 1 }, "step: input 'flat' is missing: expected float32 [B*T]"],
    [
      'a wrong type',
      { ids: { dtype: 'int32', shape: [2, 3], data: new Int32Array(6) }, flat, lr: 1 },
      "step: input 'ids' expects int64 [B, T], got int32 [2, 3]",
    ],
    [
      'a wrong rank',
      { ids: { dtype: 'int64', shape: [6], data: new BigInt64Array(6) }, flat, lr: 1 },
      "step: input 'ids' expects int64 [B, T], got int64 [6]",
    ],
    [
      'a wrong product',
      { ids: ids(2, 3), flat: { dtype: 'float32', shape: [7], data: new Float32Array(7) }, lr: 1 },
      "input 'flat' expects float32 [B*T], got float32 [7] (that is [6] here)",
    ],
    [
      'data that do not fill the shape',
      { ids: ids(2, 3), flat: new Float32Array(5), lr: 1 },
      "'flat': expected Float32Array of 6 (float32 [6]), got Float32Array of 5",
    ],
    ['the wrong kind of array', { ids: ids(2, 3), flat: new Float64Array(6), lr: 1 }, 'got Float64Array of 6'],
    [
      'a number for a tensor',
      { ids: ids(2, 3), flat: 1, lr: 1 },
      "input 'flat' expects float32 [B*T], got the number 1",
    ],
  ];
  it.each(wrong)('refuses %s', (_, feeds, message) => {
    expect(() => check(feeds)).toThrowError(
      expect.objectContaining({ code: 'shape', message: expect.stringContaining(message) }),
    );
  });

  it('refuses unknown names, and one dim with two sizes', () => {
    expect(() => check({ idz: ids(1, 1) })).toThrowError(
      expect.objectContaining({ code: 'bad-input', hint: expect.stringContaining("Did you mean 'ids'") }),
    );
    const two: TensorSpec[] = ['a', 'b'].map((name) => ({ name, dtype: 'float32', shape: ['N'] }));
    const tensor = (n: number): Feed => ({ dtype: 'float32', shape: [n], data: new Float32Array(n) });
    expect(() => checkFeeds(two, { a: tensor(2), b: tensor(3) }, new Map(), 'p')).toThrow(
      "input 'b' expects float32 [N], got float32 [3] (N is 2 elsewhere)",
    );
  });
});
