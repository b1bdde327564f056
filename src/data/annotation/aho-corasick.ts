/**
 * Many words found in a text in one pass (Aho & Corasick 1975), over UTF-16 code units. Transitions lie in one open
 * hash table of integers: about 16 bytes a unit of the dictionary.
 */

export interface WordMatch {
  readonly start: number;
  readonly end: number;
  /** The word's number in the list that the automaton was made of. */
  readonly word: number;
}

export interface WordMatcher {
  /** Every occurrence of every word, by where it ends; of equal ends the longest first. */
  matches(text: string): Iterable<WordMatch>;
}

/** @param fold maps a code unit to the one that it counts as, e.g. lower case */
export function ahoCorasick(words: readonly string[], fold: (unit: number) => number = (unit) => unit): WordMatcher {
  let capacity = 1024;
  let keys = new Float64Array(capacity).fill(-1);
  let values = new Int32Array(capacity);
  let used = 0;
  const slotOf = (key: number): number => {
    let slot = (Math.imul(key | 0, 0x9e3779b1) ^ Math.imul(Math.floor(key / 65536), 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (capacity - 1);
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (capacity - 1);
    return slot;
  };
  const grow = () => {
    const [oldKeys, oldValues] = [keys, values];
    capacity *= 2;
    keys = new Float64Array(capacity).fill(-1);
    values = new Int32Array(capacity);
    for (const [i, key] of oldKeys.entries()) {
      if (key === -1) continue;
      const slot = slotOf(key);
      keys[slot] = key;
      values[slot] = oldValues[i]!;
    }
  };
  const next = (node: number, unit: number): number => {
    const slot = slotOf(node * 65536 + unit);
    return keys[slot] === -1 ? -1 : values[slot]!;
  };
  // Nodes are numbered in order of making; children of a node are found again by walking the words.
  const wordAt: number[] = [-1];
  const depth: number[] = [0];
  const parent: number[] = [-1];
  const unitOf: number[] = [0];
  for (const [n, word] of words.entries()) {
    if (word === '') continue;
    let node = 0;
    for (let i = 0; i < word.length; i++) {
      const unit = fold(word.charCodeAt(i));
      let child = next(node, unit);
      if (child < 0) {
        if (++used * 2 > capacity) grow();
        child = wordAt.length;
        const slot = slotOf(node * 65536 + unit);
        keys[slot] = node * 65536 + unit;
        values[slot] = child;
        wordAt.push(-1);
        depth.push(i + 1);
        parent.push(node);
        unitOf.push(unit);
      }
      node = child;
    }
    if (wordAt[node] === -1) wordAt[node] = n;
  }
  const count = wordAt.length;
  const fail = new Int32Array(count);
  /** The nearest node on the chain of failures that ends a word. */
  const output = new Int32Array(count).fill(-1);
  const byDepth = Array.from({ length: count }, (_, i) => i).sort((a, b) => depth[a]! - depth[b]!);
  for (const node of byDepth) {
    if (node === 0) continue;
    let at = parent[node]!;
    let target = -1;
    while (at !== 0 && target < 0) {
      at = fail[at]!;
      target = next(at, unitOf[node]!);
    }
    fail[node] = Math.max(0, target);
    output[node] = wordAt[fail[node]!]! >= 0 ? fail[node]! : output[fail[node]!]!;
  }
  return {
    *matches(text) {
      let node = 0;
      for (let i = 0; i < text.length; i++) {
        const unit = fold(text.charCodeAt(i));
        let target = next(node, unit);
        while (target < 0 && node !== 0) {
          node = fail[node]!;
          target = next(node, unit);
        }
        node = Math.max(0, target);
        for (let at = wordAt[node]! >= 0 ? node : output[node]!; at > 0; at = output[at]!)
          yield { start: i + 1 - depth[at]!, end: i + 1, word: wordAt[at]! };
      }
    },
  };
}

/** Lower case of a code unit where that is one unit too. */
export function foldCase(unit: number): number {
  if (unit < 128) return unit >= 65 && unit <= 90 ? unit + 32 : unit;
  if (unit >= 0xd800 && unit <= 0xdfff) return unit;
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}
