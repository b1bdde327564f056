/**
 * Finds many strings in a text: leftmost, then longest, not overlapping; in time linear in the text whatever the
 * strings are. An automaton of Aho and Corasick (1975) over the reversed strings reads the text backwards and so knows
 * at every position the longest string that begins there. Knows nothing of tokens.
 */

export interface StringFinder {
  /** Flat triples [start, end, index of the string, …] in UTF-16 units, ascending. */
  find(text: string): number[];
}

/** So many searches of the engine's are still cheaper than one of ours. */
const fewBeginnings = 6;

const nothing: StringFinder = { find: () => [] };

/** @param strings none empty; of equal ones the first counts */
export function stringFinder(strings: readonly string[]): StringFinder {
  if (strings.length === 0) return nothing;
  const states = new StateTable();
  const root = new Int32Array(0x10000); // the root has many children, and most units of a text lead nowhere from it
  for (const [index, text] of strings.entries()) {
    let state = 0;
    for (let i = text.length - 1; i >= 0; i--) {
      const unit = text.charCodeAt(i);
      if (state > 0) state = states.add(state, unit);
      else state = root[unit] ||= states.add(0, unit);
    }
    if (states.own[state]! < 0) states.own[state] = index;
  }
  linkFailures(states, root);
  const { fallback, own } = states;
  const lengths = Int32Array.from(strings, (text) => text.length);
  // Most vocabularies' added tokens all begin with `<|` or the like, and most texts have none: the engine's own search
  // for a few beginnings is many times faster than reading the text here.
  const beginnings = [...new Set(strings.map((text) => text.slice(0, 2)))];
  const few = beginnings.length <= fewBeginnings;
  return {
    find(text) {
      if (few && !beginnings.some((beginning) => text.includes(beginning))) return [];
      const hits: number[] = []; // [start, string, …] from the end of the text
      let state = 0;
      for (let at = text.length - 1; at >= 0; at--) {
        const unit = text.charCodeAt(at);
        let next = state === 0 ? root[unit]! : states.get(state, unit);
        while (next === 0 && state !== 0) {
          state = fallback[state]!;
          next = state === 0 ? root[unit]! : states.get(state, unit);
        }
        state = next;
        if (state !== 0 && own[state]! >= 0) hits.push(at, own[state]!);
      }
      return leftmost(hits, lengths);
    },
  };
}

/** From all places where a string begins, the ones that a search from the left finds. */
function leftmost(hits: readonly number[], lengths: Int32Array): number[] {
  const found: number[] = [];
  let done = 0;
  for (let i = hits.length - 2; i >= 0; i -= 2) {
    const start = hits[i]!;
    if (start < done) continue;
    done = start + lengths[hits[i + 1]!]!;
    found.push(start, done, hits[i + 1]!);
  }
  return found;
}

/** Sets, parents first, where to go on when no child fits, and the longest string that ends (begins, in the text) here. */
function linkFailures(states: StateTable, root: Int32Array): void {
  const { parent, unit } = states;
  for (const state of byDepth(parent.subarray(0, states.count))) {
    if (parent[state] === 0) continue;
    let from = states.fallback[parent[state]!]!;
    let next = from === 0 ? root[unit[state]!]! : states.get(from, unit[state]!);
    while (next === 0 && from !== 0) {
      from = states.fallback[from]!;
      next = from === 0 ? root[unit[state]!]! : states.get(from, unit[state]!);
    }
    states.fallback[state] = next;
    if (states.own[state]! < 0 && next !== 0) states.own[state] = states.own[next]!;
  }
}

/** All states but the root, parents before children, by counting sort of their depths. */
function byDepth(parent: Int32Array): Int32Array {
  const depth = new Int32Array(parent.length);
  let deepest = 0;
  for (let state = 1; state < parent.length; state++) {
    depth[state] = depth[parent[state]!]! + 1;
    deepest = Math.max(deepest, depth[state]!);
  }
  const next = new Int32Array(deepest + 2);
  for (let state = 1; state < parent.length; state++) next[depth[state]! + 1]!++;
  for (let i = 1; i < next.length; i++) next[i]! += next[i - 1]!;
  const order = new Int32Array(parent.length - 1);
  for (let state = 1; state < parent.length; state++) order[next[depth[state]!]!++] = state;
  return order;
}

/** The trie: (state, unit) → child by open addressing; state 0 is the root, and means "no child". */
class StateTable {
  count = 1;
  parent = new Int32Array(64);
  unit = new Uint16Array(64);
  fallback = new Int32Array(64);
  /** Index of the string that the path to the state spells, or of the longest that it begins with reversed; else -1. */
  own = new Int32Array(64).fill(-1);
  #slots = new Int32Array(256);
  #mask = 255;

  get(state: number, unit: number): number {
    let slot = hash(state, unit) & this.#mask;
    for (let child = this.#slots[slot]!; child !== 0; child = this.#slots[slot]!) {
      if (this.parent[child] === state && this.unit[child] === unit) return child;
      slot = (slot + 1) & this.#mask;
    }
    return 0;
  }

  add(state: number, unit: number): number {
    const known = this.get(state, unit);
    if (known !== 0) return known;
    const child = this.count++;
    if (child === this.parent.length) this.#growColumns();
    this.parent[child] = state;
    this.unit[child] = unit;
    if (this.count * 2 > this.#slots.length) this.#growSlots();
    else this.#place(child);
    return child;
  }

  #place(child: number): void {
    let slot = hash(this.parent[child]!, this.unit[child]!) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = child;
  }

  #growColumns(): void {
    const length = this.parent.length * 2;
    const larger = (column: Int32Array) => {
      const grown = new Int32Array(length);
      grown.set(column);
      return grown;
    };
    const unit = new Uint16Array(length);
    unit.set(this.unit);
    this.unit = unit;
    this.parent = larger(this.parent);
    this.fallback = larger(this.fallback);
    const own = this.own;
    this.own = new Int32Array(length).fill(-1);
    this.own.set(own);
  }

  #growSlots(): void {
    const length = this.#slots.length * 2;
    this.#mask = length - 1;
    this.#slots = new Int32Array(length);
    for (let child = 1; child < this.count; child++) this.#place(child);
  }
}

function hash(state: number, unit: number): number {
  const mixed = Math.imul(state, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
