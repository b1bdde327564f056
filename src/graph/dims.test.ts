import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDims,
  broadcastAxes,
  broadcastShapes,
  canonicalDim,
  dimNames,
  divideDims,
  multiplyDims,
  resolveDim,
  shapeSize,
  subtractDims,
} from './dims.ts';
import type { Dim } from './types.ts';

const sizes = new Map([
  ['B', 3],
  ['T', 5],
  ['X_1', 2],
]);
const leaf: fc.Arbitrary<Dim> = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom('B', 'T', 'X_1'));
const dim: fc.Arbitrary<Dim> = fc
  .array(leaf, { minLength: 1, maxLength: 3 })
  .map((factors) => factors.reduce(multiplyDims))
  .chain((product) => leaf.map((term) => addDims(product, term)));

describe('dims', () => {
  it('writes one canonical form', () => {
    expect(canonicalDim('S*4*B')).toBe('4*B*S');
    expect(canonicalDim('1 + T*B + B*T')).toBe('2*B*T+1');
    expect(canonicalDim('T - T + 3')).toBe(3);
    expect(canonicalDim('T-1')).toBe('T-1');
    expect(dimNames('4*B*S+B')).toEqual(['B', 'S']);
  });

  it('refuses what is no dim', () => {
    for (const bad of ['', 'B+', '4B', 'B**2', -1, 1.5, 'B/2'] as Dim[])
      expect(() => canonicalDim(bad)).toThrow(/not a dimension/);
  });

  it('computes as numbers do', () => {
    fc.assert(
      fc.property(dim, dim, (a, b) => {
        const [x, y] = [resolveDim(a, sizes), resolveDim(b, sizes)];
        expect(resolveDim(addDims(a, b), sizes)).toBe(x + y);
        expect(resolveDim(multiplyDims(a, b), sizes)).toBe(x * y);
        expect(resolveDim(subtractDims(addDims(a, b), b), sizes)).toBe(x);
        expect(subtractDims(addDims(a, b), b)).toBe(a);
        expect(multiplyDims(a, b)).toBe(multiplyDims(b, a));
        expect(canonicalDim(a)).toBe(a);
      }),
    );
  });

  it('divides exactly or not at all', () => {
    fc.assert(
      fc.property(dim, leaf, (a, b) => {
        expect(divideDims(multiplyDims(a, b), b)).toBe(a);
      }),
    );
    expect(divideDims('B*T', 2)).toBeUndefined();
    expect(divideDims('B+1', 'B')).toBeUndefined();
    expect(divideDims(6, 4)).toBeUndefined();
    expect(divideDims(4, 0)).toBeUndefined();
  });

  it('broadcasts as NumPy does', () => {
    expect(broadcastShapes([2, 1, 'T'], [4, 1])).toEqual([2, 4, 'T']);
    expect(broadcastShapes([], ['B'])).toEqual(['B']);
    expect(broadcastShapes([2], [3])).toBeUndefined();
    expect(broadcastShapes(['B'], ['T'])).toBeUndefined();
    expect(broadcastAxes([1, 3], [4, 2, 3])).toEqual([0, 1]);
    expect(shapeSize(['B', 4, 'T'])).toBe('4*B*T');
  });
});
