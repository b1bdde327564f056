import { describe, expect, it } from 'vitest';
import { permutation, philox4x32, Rng } from './rng.ts';

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('gives the known answer for %j', (counter, key, expected) => {
    expect(hex(philox4x32([...counter], [...key]))).toBe(expected);
  });
});

describe('Rng', () => {
  it('resumes from its position alone', () => {
    const whole = new Rng(7);
    const first = Array.from({ length: 11 }, () => whole.uint32());
    const rest = Array.from({ length: 9 }, () => whole.uint32());
    expect(
      Array.from(
        { length: 9 },
        (
          (rng) => () =>
            rng.uint32()
        )(new Rng(7, 0, 11)),
      ),
    ).toEqual(rest);
    expect(new Rng(7, 1).uint32()).not.toBe(first[0]);
  });

  it('draws uniform integers and standard normals', () => {
    const rng = new Rng(1);
    const counts = new Array<number>(7).fill(0);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 14_000; i++) {
      counts[rng.int(7)]! += 1;
      const x = rng.normal();
      sum += x;
      squares += x * x;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(Math.abs(sum / 14_000)).toBeLessThan(0.03);
    expect(Math.abs(squares / 14_000 - 1)).toBeLessThan(0.05);
  });

  it('permutes by seed and epoch', () => {
    const order = permutation(100, 3, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(permutation(100, 3, 0)).toEqual(order);
    expect(permutation(100, 3, 1)).not.toEqual(order);
  });
});
