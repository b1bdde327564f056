/**
 * Suffix array by induced sorting (Nong, Zhang & Chan 2009, SA-IS) and longest common prefixes (Kärkkäinen, Manzini &
 * Puglisi 2009, Φ). Both linear in time and memory. Knows numbers only.
 */

/**
 * Starts of all suffixes of `text` in lexicographic order; a suffix is smaller than those it is a prefix of.
 * @param alphabet every symbol is from 0 to alphabet − 1
 */
export function suffixArray(text: Int32Array, alphabet: number): Int32Array {
  const n = text.length;
  if (n <= 1) return new Int32Array(n);
  // 1: smaller than the suffix after it (type S); 0: larger (type L).
  const small = new Uint8Array(n);
  for (let i = n - 2; i >= 0; i--) {
    const [here, next] = [text[i]!, text[i + 1]!];
    small[i] = here === next ? small[i + 1]! : here < next ? 1 : 0;
  }
  const sorted = new Int32Array(n);
  const buckets = new Buckets(text, small, alphabet);
  const lms = leftmostSmall(small);
  induce(text, small, buckets, lms, sorted);
  if (lms.length > 0) induce(text, small, buckets, sortLms(text, sorted, lms), sorted);
  return sorted;
}

/** Where each symbol's suffixes begin: first those of type L, then those of type S. */
class Buckets {
  readonly starts: Int32Array;
  readonly smallStarts: Int32Array;
  readonly scratch: Int32Array;

  constructor(text: Int32Array, small: Uint8Array, alphabet: number) {
    this.starts = new Int32Array(alphabet + 1);
    this.smallStarts = new Int32Array(alphabet);
    this.scratch = new Int32Array(alphabet + 1);
    for (let i = 0; i < text.length; i++) {
      this.starts[text[i]! + 1]!++;
      if (small[i] === 0) this.smallStarts[text[i]!]!++;
    }
    for (let symbol = 0; symbol < alphabet; symbol++) {
      this.smallStarts[symbol]! += this.starts[symbol]!;
      this.starts[symbol + 1]! += this.starts[symbol]!;
    }
  }
}

/** Positions of type S after one of type L. */
function leftmostSmall(small: Uint8Array): Int32Array {
  let count = 0;
  for (let i = 1; i < small.length; i++) if (small[i] === 1 && small[i - 1] === 0) count++;
  const positions = new Int32Array(count);
  count = 0;
  for (let i = 1; i < small.length; i++) if (small[i] === 1 && small[i - 1] === 0) positions[count++] = i;
  return positions;
}

/** Sorts all suffixes, given the order of the leftmost-S ones (by their first symbol at least). */
function induce(text: Int32Array, small: Uint8Array, buckets: Buckets, lms: Int32Array, sorted: Int32Array): void {
  const n = text.length;
  const { starts, smallStarts, scratch } = buckets;
  sorted.fill(-1);
  scratch.set(smallStarts);
  for (let i = 0; i < lms.length; i++) {
    const at = lms[i]!;
    sorted[scratch[text[at]!]!++] = at;
  }
  scratch.set(starts);
  sorted[scratch[text[n - 1]!]!++] = n - 1; // before the end lies the smallest suffix of all, the empty one
  for (let i = 0; i < n; i++) {
    const before = sorted[i]! - 1;
    if (before >= 0 && small[before] === 0) sorted[scratch[text[before]!]!++] = before;
  }
  scratch.set(starts);
  for (let i = n - 1; i >= 0; i--) {
    const before = sorted[i]! - 1;
    if (before >= 0 && small[before] === 1) sorted[--scratch[text[before]! + 1]!] = before;
  }
}

/** The leftmost-S suffixes in order: their substrings are numbered by rank, and the string of ranks is sorted. */
function sortLms(text: Int32Array, sorted: Int32Array, lms: Int32Array): Int32Array {
  const n = text.length;
  const indexOf = new Int32Array(n).fill(-1);
  for (let i = 0; i < lms.length; i++) indexOf[lms[i]!] = i;
  const endOf = (index: number) => (index + 1 < lms.length ? lms[index + 1]! : n);
  const ranks = new Int32Array(lms.length);
  let rank = -1;
  let previous = -1;
  for (let i = 0; i < n; i++) {
    const index = sorted[i]! < 0 ? -1 : indexOf[sorted[i]!]!;
    if (index < 0) continue;
    if (previous < 0 || !sameSubstring(text, lms[previous]!, endOf(previous), lms[index]!, endOf(index))) rank++;
    ranks[index] = rank;
    previous = index;
  }
  const order = suffixArray(ranks, rank + 1);
  return order.map((index) => lms[index]!);
}

/** Whether two substrings between leftmost-S positions (both included) are equal; one that meets the end is unique. */
function sameSubstring(text: Int32Array, left: number, leftEnd: number, right: number, rightEnd: number): boolean {
  if (leftEnd - left !== rightEnd - right || leftEnd === text.length || rightEnd === text.length) return false;
  for (let k = 0; k <= leftEnd - left; k++) if (text[left + k] !== text[right + k]) return false;
  return true;
}

/**
 * Symbols that each suffix in `sorted` shares with the one before it, up to the first `separator`; 0 for the first. The
 * entry behind the last is 0 too.
 */
export function commonPrefixes(text: Int32Array, sorted: Int32Array, separator: number): Int32Array {
  const n = text.length;
  const byPosition = new Int32Array(n); // the suffix before, then the length shared with it
  for (let i = 0; i < n; i++) byPosition[sorted[i]!] = i === 0 ? -1 : sorted[i - 1]!;
  let shared = 0;
  for (let at = 0; at < n; at++) {
    const other = byPosition[at]!;
    if (other < 0) {
      shared = 0;
    } else {
      const end = n - Math.max(at, other);
      while (shared < end && text[at + shared] === text[other + shared] && text[at + shared] !== separator) shared++;
    }
    byPosition[at] = shared;
    if (shared > 0) shared--;
  }
  const lengths = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) lengths[i] = byPosition[sorted[i]!]!;
  return lengths;
}
