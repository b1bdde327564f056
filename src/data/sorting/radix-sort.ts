/**
 * Sorts fixed-size records of 32-bit unsigned words in memory: least significant digit first, 11 bits at a time, stable,
 * linear. Digits that are equal in all records cost one counting pass and no move.
 */

const BITS = 11;
const SIZE = 1 << BITS;

/**
 * Sorts `count` records of `width` words by their first `keys` words.
 * @param spare of the same length as `records`
 * @returns whichever of the two arrays holds the result
 */
export function radixSort(
  records: Uint32Array,
  spare: Uint32Array,
  { count, width, keys }: { count: number; width: number; keys: number },
): Uint32Array {
  const counts = new Uint32Array(SIZE);
  let from = records;
  let to = spare;
  const end = count * width;
  for (let word = keys - 1; word >= 0; word--) {
    for (let shift = 0; shift < 32; shift += BITS) {
      counts.fill(0);
      for (let at = word; at < end; at += width) {
        const digit = (from[at]! >>> shift) & (SIZE - 1);
        counts[digit] = counts[digit]! + 1;
      }
      if (count === 0 || counts[(from[word]! >>> shift) & (SIZE - 1)] === count) continue;
      let place = 0;
      for (let digit = 0; digit < SIZE; digit++) {
        const n = counts[digit]!;
        counts[digit] = place;
        place += n * width;
      }
      for (let at = 0; at < end; at += width) {
        const digit = (from[at + word]! >>> shift) & (SIZE - 1);
        const target = counts[digit]!;
        counts[digit] = target + width;
        for (let i = 0; i < width; i++) to[target + i] = from[at + i]!;
      }
      [from, to] = [to, from];
    }
  }
  return from;
}
