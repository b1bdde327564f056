/**
 * Drops documents whose SimHash differs from a kept one's in few bits: one 64-bit fingerprint a document, each bit the
 * vote of all its n-grams, repeats counted. The first document in order wins, and only kept ones are compared with.
 * Origin: Charikar 2002 (§3); Manku, Jain & Das Sarma 2007, "Detecting Near-Duplicates for Web Crawling" (64 bits, 3 of
 * them may differ, §2; tables of permuted blocks, §3). All pairs within the distance are found: of `distance` + 2 blocks
 * (+ 3 from distance 4 on) at least 2 (3) are equal.
 *
 * Cheaper than near-dedup and blunter: nothing is verified, and short texts are told apart badly (under some 50 n-grams
 * raise nothing by it). Cost: 8 bytes a document; each is sorted into 10 tables at distance 3, out of core within the
 * memory given. Documents without any n-gram stay.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { PagedRecords } from '../../sorting/paged-records.ts';
import { type DecideContext, defineStep } from '../../step.ts';
import { mix32 } from '../../text/hash.ts';
import { meetInBuckets } from './buckets.ts';
import { DocumentCache } from './document-cache.ts';
import { normaliseOption } from './normalise.ts';
import { shingler } from './shingles.ts';

const config = z.strictObject({
  distance: z.int().min(0).max(6).default(3).describe('Bits of 64 in which the fingerprints may differ'),
  unit: z
    .enum(['character', 'word'])
    .default('word')
    .describe('What n-grams are made of; a Han or kana character counts as a word'),
  ngram: z.int().min(1).max(64).default(3).describe('Length of the n-grams'),
  normalize: normaliseOption,
});
type Options = z.output<typeof config>;

interface Duplicate {
  readonly of: string;
  readonly distance: number;
}

export const simhashDedup = defineStep({
  name: 'simhash-dedup',
  kind: 'dedup',
  version: 1,
  config,
  describe: ({ distance, unit, ngram }) =>
    `Documents whose 64-bit SimHash of ${unit} ${ngram}-grams differs from a kept one's in at most ${distance} bits: the first stays`,
  survey: {
    scan(options) {
      const fingerprint = simhasher(options);
      const words = new Uint32Array(2);
      const bytes = new Uint8Array(words.buffer);
      return ({ text }) => (fingerprint(text, words) ? bytes : undefined);
    },
    decide,
    apply: (_, context) => (document, verdict) => {
      if (verdict === undefined) return document;
      const { of, distance } = verdict as Duplicate;
      return context.drop(document, 'near-duplicate', `of ${of} (SimHash distance ${distance})`) as undefined;
    },
  },
});

const planes = 40;

/** Writes a text's fingerprint to two words; false where it has no n-gram. */
export function simhasher(options: Options): (text: string, out: Uint32Array) => boolean {
  const shingle = shingler(options);
  // Counters of 64 bits side by side: word p of a half holds bit p of each of its 32 counters.
  const low = new Int32Array(planes);
  const high = new Int32Array(planes);
  return (text, out) => {
    low.fill(0);
    high.fill(0);
    let total = 0;
    shingle(text, (hashes, count) => {
      for (let i = 0; i < count; i++) {
        const hash = hashes[i]!;
        addBits(low, hash);
        addBits(high, mix32(hash ^ 0x5bd1e995));
      }
      total += count;
    });
    out[0] = majority(low, total);
    out[1] = majority(high, total);
    return total > 0;
  };
}

function addBits(counters: Int32Array, bits: number): void {
  let carry = bits;
  for (let plane = 0; carry !== 0; plane++) {
    const before = counters[plane]!;
    counters[plane] = before ^ carry;
    carry &= before;
  }
}

/** The bits set in more than half of what was added. */
function majority(counters: Int32Array, total: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) {
    let count = 0;
    for (let plane = planes - 1; plane >= 0; plane--) count = count * 2 + ((counters[plane]! >>> bit) & 1);
    if (count * 2 > total) result |= 1 << bit;
  }
  return result;
}

/** Masks of 64 bits (two words each), one a table: every pair within the distance agrees under one of them. */
export function blockMasks(distance: number): Uint32Array {
  if (distance === 0) return Uint32Array.of(0xffffffff, 0xffffffff);
  const equal = distance < 4 ? 2 : 3;
  const blocks = distance + equal;
  const bits = Array.from({ length: 64 }, (_, bit) => Math.floor((bit * blocks) / 64));
  const masks: number[] = [];
  const choose = (from: number, chosen: readonly number[]): void => {
    if (chosen.length === equal) {
      const half = (start: number) =>
        bits.slice(start, start + 32).reduce((mask, block, i) => (chosen.includes(block) ? mask | (1 << i) : mask), 0);
      masks.push(half(0), half(32));
      return;
    }
    for (let block = from; block < blocks; block++) choose(block + 1, [...chosen, block]);
  };
  choose(0, []);
  return Uint32Array.from(masks);
}

function ones(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

async function decide({ distance }: Options, context: DecideContext): Promise<void> {
  const { memoryBytes } = context;
  const masks = blockMasks(distance);
  const tables = masks.length / 2;
  const records = new PagedRecords({
    recordBytes: 8,
    memoryBytes: memoryBytes / 3,
    path: join(context.directory, 'records'),
  });
  const ids = new DocumentCache<never>((numbers) => context.read(numbers), memoryBytes / 12);
  const words = new Uint32Array(2);
  const bytes = new Uint8Array(words.buffer);
  const nothing = new Uint8Array(8);
  const counts = await meetInBuckets(context, {
    keys: tables,
    keysOf(record, out) {
      bytes.set(record);
      for (let table = 0; table < tables; table++) {
        const low = words[0]! & masks[2 * table]!;
        const high = words[1]! & masks[2 * table + 1]!;
        out[2 * table] = mix32(low + Math.imul(table + 1, 0x9e3779b9)) ^ mix32(high + Math.imul(table + 1, 0x85ebca6b));
        out[2 * table + 1] = mix32(low ^ mix32(high + table));
      }
      return tables;
    },
    see: (_, record) => records.append(record.length === 0 ? nothing : record),
    meet(number, candidates) {
      bytes.set(records.at(number));
      const [low, high] = [words[0]!, words[1]!];
      for (const candidate of candidates) {
        bytes.set(records.at(candidate));
        const differ = ones(words[0]! ^ low) + ones(words[1]! ^ high);
        if (differ > distance) continue;
        const verdict: Duplicate = { of: ids.idOf(candidate), distance: differ };
        context.verdict(number, verdict);
        return false;
      }
      return true;
    },
    memoryBytes: memoryBytes / 2,
  });
  records.dispose();
  context.count('candidates', counts.met);
}
