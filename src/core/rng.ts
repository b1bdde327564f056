/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11).
 * A value depends only on (seed, stream, position), so shuffles, samples and dropout resume exactly.
 * `graph/` computes the same function inside a graph.
 */

const MUL0 = 0xd2511f53;
const MUL1 = 0xcd9e8d57;
const WEYL0 = 0x9e3779b9;
const WEYL1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two uint32. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** One Philox4x32-10 block: four uint32 from a 128-bit counter and a 64-bit key. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(c0, MUL0);
    const low0 = Math.imul(c0, MUL0) >>> 0;
    const high1 = mulHigh(c2, MUL1);
    const low1 = Math.imul(c2, MUL1) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL0) >>> 0;
    k1 = (k1 + WEYL1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A seeded stream of random numbers whose whole state is one counter (`position`). */
export class Rng {
  readonly seed: number;
  readonly stream: number;
  /** How many uint32 have been drawn; set it to resume. */
  position: number;

  /**
   * @param seed any safe integer ≥ 0 (its low 64 bits are the key)
   * @param stream separates independent uses of one seed
   */
  constructor(seed: number, stream = 0, position = 0) {
    this.seed = seed;
    this.stream = stream;
    this.position = position;
  }

  private block: [number, number, number, number] = [0, 0, 0, 0];
  private blockIndex = -1;

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const index = Math.floor(this.position / 4);
    if (index !== this.blockIndex) {
      const key: [number, number] = [this.seed >>> 0, Math.floor(this.seed / 2 ** 32) >>> 0];
      this.block = philox4x32([index >>> 0, Math.floor(index / 2 ** 32), this.stream >>> 0, 0], key);
      this.blockIndex = index;
    }
    return this.block[this.position++ % 4]!;
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A uniform integer in [0, n), without modulo bias. */
  int(n: number): number {
    const limit = Math.floor(2 ** 32 / n) * n;
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** A standard normal number (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 1) / 2 ** 32));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Fisher–Yates shuffle in place. */
  shuffle<Item, List extends { [index: number]: Item; length: number }>(items: List): List {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const swap = items[i]!;
      items[i] = items[j]!;
      items[j] = swap;
    }
    return items;
  }
}

/** The permutation of 0…n-1 that belongs to (seed, epoch): data order resumes from the position alone. */
export function permutation(n: number, seed: number, epoch: number): Uint32Array {
  return new Rng(seed, 0x5eed + epoch).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
}
