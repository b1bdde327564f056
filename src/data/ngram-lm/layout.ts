/** From counted and smoothed n-grams to the sorted arrays of the model. */
import type { Smoothed } from './kneser-ney.ts';
import type { Level } from './model.ts';
import type { CountTrie } from './trie.ts';

/** Nodes that begin with nothing: log10 of a probability that is never asked for. */
const none = -99;

export function levelsOf(trie: CountTrie, smoothed: Smoothed, order: number, words: number): Level[] {
  const { probability, backoff, kept, unseen } = smoothed;
  const log10 = (value: number): number => (value > 0 ? Math.log10(value) : none);
  /** Place in its level of every node of the level above. */
  const place = new Int32Array(trie.count).fill(-1);
  const levels: Level[] = [];
  const byOrder = nodesByOrder(trie, kept, order);
  let parents = 1;
  for (let k = 1; k <= order; k++) {
    const nodes = byOrder[k]!;
    const keys = Float64Array.from(
      nodes,
      (node) => (k === 1 ? 0 : place[trie.parent[node]!]!) * words + trie.word[node]!,
    );
    const sorted = Uint32Array.from(nodes.keys()).sort((a, b) => keys[a]! - keys[b]!);
    const size = k === 1 ? words : nodes.length;
    const level: Level = {
      words: new Uint32Array(size),
      logProbabilities: new Float32Array(size).fill(log10(unseen)),
      backoffs: new Float32Array(k === order ? 0 : size),
      children: new Uint32Array(0),
    };
    const firstChild = new Uint32Array(parents + 1);
    if (k === 1) for (let word = 0; word < words; word++) level.words[word] = word;
    for (const [i, from] of sorted.entries()) {
      const node = nodes[from]!;
      const at = k === 1 ? trie.word[node]! : i;
      place[node] = at;
      level.words[at] = trie.word[node]!;
      level.logProbabilities[at] = log10(probability[node]!);
      if (k < order) level.backoffs[at] = log10(backoff[node]!);
      if (k > 1) firstChild[place[trie.parent[node]!]! + 1]!++;
    }
    if (k > 1) {
      for (let i = 0; i < parents; i++) firstChild[i + 1]! += firstChild[i]!;
      levels[k - 2] = { ...levels[k - 2]!, children: firstChild };
    }
    levels.push(level);
    parents = size;
  }
  return levels;
}

/** The n-grams that are kept, by their length, in the order of their creation. */
function nodesByOrder(trie: CountTrie, kept: Uint8Array, order: number): Int32Array[] {
  const sizes = new Array<number>(order + 1).fill(0);
  for (let node = 1; node < trie.count; node++) if (kept[node] === 1) sizes[trie.order[node]!]!++;
  const lists = sizes.map((size) => new Int32Array(size));
  sizes.fill(0);
  for (let node = 1; node < trie.count; node++)
    if (kept[node] === 1) lists[trie.order[node]!]![sizes[trie.order[node]!]!++] = node;
  return lists;
}
