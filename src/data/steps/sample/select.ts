/**
 * Which documents of each group have the smallest keys, so many that their weights fill the group's quota: a radix
 * select over several passes, 12 bits of the key at a time. Memory: 32 KiB a group, whatever the number of documents.
 */
import { AthanorError } from '../../../core/index.ts';

/** One document: its group's number, its key (an integer below 2^48), what it counts. */
export type EachKey = (number: number, group: number, key: number, weight: number) => void;

/** Goes over all documents, in order; called several times. */
export type KeyPass = (each: EachKey) => Promise<void>;

const digitBits = 12;
const digits = 4;
const radix = 1 << digitBits;

export interface Selection {
  /** In the documents' order: call once for each document. */
  takes(group: number, key: number, weight: number): boolean;
}

/** @param quotas by group; a group whose quota is its whole weight or more is taken whole @throws AthanorError('bad-input') */
export async function selectSmallest(
  quotas: readonly number[],
  pass: KeyPass,
  memoryBytes: number,
): Promise<Selection> {
  const limit = Math.max(1, Math.floor(memoryBytes / (radix * 8)));
  if (quotas.length > limit)
    throw new AthanorError('bad-input', `${quotas.length} groups, at most ${limit} fit in memory`, {
      hint: 'Group by a field with fewer values.',
    });
  /** What is known of each group's threshold: its upper digits, and the weight below them. */
  const prefix = new Float64Array(quotas.length);
  const below = new Float64Array(quotas.length);
  let unit = 2 ** (digitBits * digits);
  for (let digit = 0; digit < digits; digit++) {
    const above = unit;
    unit /= radix;
    const sums = new Float64Array(quotas.length * radix);
    await pass((_, group, key, weight) => {
      if (Math.floor(key / above) === prefix[group]!) sums[group * radix + (Math.floor(key / unit) % radix)]! += weight;
    });
    for (const [group, quota] of quotas.entries()) {
      let value = 0;
      let sum = below[group]!;
      while (value < radix - 1 && sum + sums[group * radix + value]! < quota) sum += sums[group * radix + value++]!;
      prefix[group] = prefix[group]! * radix + value;
      below[group] = sum;
    }
  }
  const filled = below.slice();
  return {
    takes(group, key, weight) {
      const threshold = prefix[group]!;
      if (key < threshold) return true;
      // Equal keys: the first ones, while half of the document's weight still fits.
      if (key > threshold || filled[group]! + weight / 2 > quotas[group]!) return false;
      filled[group]! += weight;
      return true;
    },
  };
}
