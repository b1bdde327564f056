/** Decisions that depend on a document alone: a seeded hash as a number in [0, 1), or as an order of choices. */
import { createHash } from 'node:crypto';
import { Rng } from '../core/index.ts';

/** 48 bits of SHA-256 of seed and key, as a number in [0, 1). Equal keys give equal numbers, in every build. */
export function hashFraction(seed: number, key: string): number {
  return hash48(seed, key) / 2 ** 48;
}

/** The numbers 0…n-1 in an order that belongs to (seed, key). */
export function hashOrder(n: number, seed: number, key: string): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  return n < 2 ? order : new Rng(hash48(seed, key)).shuffle(order);
}

function hash48(seed: number, key: string): number {
  return createHash('sha256').update(`${seed}\0${key}`).digest().readUIntBE(0, 6);
}
