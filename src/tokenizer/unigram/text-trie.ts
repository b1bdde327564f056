/**
 * Strings as a double-array trie over UTF-16 code units (Aoe 1989): every key that begins at a place of a text, in one
 * walk that allocates nothing. Code units are renumbered by frequency first, so that an alphabet of thousands of
 * characters still packs. Knows strings and the numbers that they stand for.
 */
import { invariant } from '../../core/index.ts';

/** Numbers a node has in `cells`: base, parent, value, unused (so that a node never straddles two cache lines). */
export const cellStride = 4;

/** How many free cells a node with several children tries before it and later ones look further on. */
const maxTries = 48;

export class TextTrie {
  /** Code unit → its number from 1; 0: in no key. */
  readonly codes: Uint16Array;
  /**
   * By node: [base, parent, value, 0]. The child of node s by number c is the node t = base(s) + c, if parent(t) is s.
   * Value is −1 where no key ends. Node 0 is the root. Reads at t never leave the array.
   */
  readonly cells: Int32Array;

  /** @param keys distinct, not empty; key k has the value `values[k]`, or k */
  constructor(keys: readonly string[], values?: ArrayLike<number>) {
    this.codes = numberUnits(keys);
    this.cells = new Builder(keys, values, this.codes).cells;
  }

  /** The node where `text` ends when read from `node`, or −1. */
  walk(text: string, node = 0): number {
    let at = node;
    for (let i = 0; i < text.length; i++) {
      const code = this.codes[text.charCodeAt(i)]!;
      if (code === 0) return -1;
      const child = this.cells[at * cellStride]! + code;
      if (this.cells[child * cellStride + 1] !== at) return -1;
      at = child;
    }
    return at;
  }

  /** The value of a key, or −1. */
  get(key: string): number {
    const node = this.walk(key);
    return node < 0 ? -1 : this.cells[node * cellStride + 2]!;
  }
}

/** The most frequent unit gets 1, so that the children of most nodes lie close together. */
function numberUnits(keys: readonly string[]): Uint16Array {
  const counts = new Uint32Array(0x10000);
  for (const key of keys) for (let i = 0; i < key.length; i++) counts[key.charCodeAt(i)]!++;
  const units: number[] = [];
  for (let unit = 0; unit < 0x10000; unit++) if (counts[unit]! > 0) units.push(unit);
  units.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const codes = new Uint16Array(0x10000);
  // Number 65,536 would be 0 in 16 bits; well-formed keys have no lone surrogates, but U+0000 to U+FFFF may all occur.
  invariant(units.length < 0x10000, 'a trie over every code unit');
  for (const [i, unit] of units.entries()) codes[unit] = i + 1;
  return codes;
}

class Builder {
  cells: Int32Array;
  /** Free cells as a list in a ring through cell 0, ascending. */
  #next: Int32Array;
  #previous: Int32Array;
  #capacity: number;
  readonly #keys: readonly string[];
  readonly #codes: Uint16Array;
  /** Keys in lexicographic order: those below a node are neighbours. */
  readonly #order: Uint32Array;
  /** Largest cell that is taken. */
  #used = 0;
  /** Free cell from which on nodes with several children look for room; 0: at the end. */
  #crowded = 0;
  /** Highest base given plus one: what a reader may add a number to. */
  #limit = 1;

  constructor(keys: readonly string[], values: ArrayLike<number> | undefined, codes: Uint16Array) {
    this.#keys = keys;
    this.#codes = codes;
    const alphabet = codes.reduce((most, code) => Math.max(most, code), 0);
    this.#order = Uint32Array.from(keys.keys()).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
    this.#capacity = 0;
    this.cells = new Int32Array(0);
    this.#next = new Int32Array(1);
    this.#previous = new Int32Array(1);
    this.#grow(alphabet + 1 + keys.length);
    // The root has base 0, so its children are the cells 1 … alphabet. No other node uses what is free among them:
    // a base of at least 1 is then always to be had.
    for (let cell = 1; cell <= alphabet; cell++) this.#take(cell);
    this.#place(values);
    const size = this.#limit + alphabet + 1;
    if (size > this.#capacity) this.#grow(size);
    this.cells = this.cells.slice(0, size * cellStride);
  }

  /** Gives every node a base, depth first: [node, first key, end of keys, depth]. */
  #place(values: ArrayLike<number> | undefined): void {
    const stack = [0, 0, this.#order.length, 0];
    const children: number[] = []; // [code, first key, end of keys]
    while (stack.length > 0) {
      const depth = stack.pop()!;
      const end = stack.pop()!;
      let first = stack.pop()!;
      const node = stack.pop()!;
      const shortest = first < end ? this.#order[first]! : -1;
      if (shortest >= 0 && this.#keys[shortest]!.length === depth) {
        this.cells[node * cellStride + 2] = values ? values[shortest]! : shortest;
        first++;
      }
      if (first === end) continue;
      this.#collect(first, end, depth, children);
      const base = node === 0 ? 0 : this.#findBase(children);
      this.cells[node * cellStride] = base;
      if (base >= this.#limit) this.#limit = base + 1;
      for (let i = 0; i < children.length; i += 3) {
        const child = base + children[i]!;
        if (node !== 0) this.#take(child);
        this.cells[child * cellStride + 1] = node;
        stack.push(child, children[i + 1]!, children[i + 2]!, depth + 1);
      }
    }
  }

  /** Groups keys [first, end) by their unit at `depth`. */
  #collect(first: number, end: number, depth: number, children: number[]): void {
    children.length = 0;
    let unit = -1;
    for (let i = first; i < end; i++) {
      const next = this.#keys[this.#order[i]!]!.charCodeAt(depth);
      if (next !== unit) {
        if (unit >= 0) children.push(i);
        children.push(this.#codes[next]!, i);
        unit = next;
      }
    }
    children.push(end);
  }

  /** A base that puts every child in a free cell. */
  #findBase(children: readonly number[]): number {
    const smallest = smallestOf(children);
    if (children.length === 3 && this.#next[0] !== 0) return this.#next[0]! - smallest; // an only child fits anywhere
    let tries = 0;
    for (let cell = this.#crowded; cell !== 0; cell = this.#next[cell]!) {
      if (this.#fits(cell - smallest, children)) return cell - smallest;
      // Where so many were tried in vain only children may still find room.
      if (++tries > maxTries) this.#crowded = this.#next[cell]!;
    }
    return this.#used + 1 - smallest;
  }

  #fits(base: number, children: readonly number[]): boolean {
    for (let i = 0; i < children.length; i += 3) {
      const cell = base + children[i]!;
      if (cell < this.#capacity && !this.#isFree(cell)) return false;
    }
    return true;
  }

  #isFree(cell: number): boolean {
    return this.#next[cell] !== -1;
  }

  #take(cell: number): void {
    if (cell >= this.#capacity) this.#grow(cell + 1);
    invariant(this.#isFree(cell), 'a trie cell that is taken twice');
    if (cell === this.#crowded) this.#crowded = this.#next[cell]!;
    this.#next[this.#previous[cell]!] = this.#next[cell]!;
    this.#previous[this.#next[cell]!] = this.#previous[cell]!;
    this.#next[cell] = -1;
    if (cell > this.#used) this.#used = cell;
  }

  #grow(least: number): void {
    const capacity = Math.max(least, this.#capacity * 2, 1024);
    const cells = new Int32Array(capacity * cellStride);
    cells.set(this.cells);
    const next = new Int32Array(capacity);
    const previous = new Int32Array(capacity);
    next.set(this.#next);
    previous.set(this.#previous);
    for (let cell = this.#capacity; cell < capacity; cell++) {
      cells[cell * cellStride + 1] = -1;
      cells[cell * cellStride + 2] = -1;
      if (cell === 0) continue;
      if (this.#crowded === 0) this.#crowded = cell;
      const last = previous[0]!;
      next[last] = cell;
      previous[cell] = last;
      next[cell] = 0;
      previous[0] = cell;
    }
    this.cells = cells;
    this.#next = next;
    this.#previous = previous;
    this.#capacity = capacity;
  }
}

/** @param children triples that begin with a code */
function smallestOf(children: readonly number[]): number {
  let smallest = children[0]!;
  for (let i = 3; i < children.length; i += 3) smallest = Math.min(smallest, children[i]!);
  return smallest;
}
