/**
 * A trie over UTF-16 code units as hash table: which strings of a set begin at a place of a text. Knows no tokens.
 */

/** Number of the node reached from `node` (the root is 0) with a code unit, or -1. */
export class UnitTrie {
  readonly #first = new Int32Array(0x10000).fill(-1);
  #keys: Int32Array;
  #children: Int32Array;
  #mask: number;
  #count = 1;
  #used = 0;
  /** Value of the string that ends at a node, or -1. */
  values: Int32Array;

  /** @param strings not empty; later ones win */
  constructor(strings: Iterable<readonly [string: string, value: number]>) {
    this.#mask = 1023;
    this.#keys = new Int32Array(2048).fill(-1);
    this.#children = new Int32Array(1024);
    this.values = new Int32Array(256).fill(-1);
    for (const [text, value] of strings) {
      let node = 0;
      for (let i = 0; i < text.length; i++) node = this.#add(node, text.charCodeAt(i));
      this.values[node] = value;
    }
  }

  child(node: number, unit: number): number {
    return node === 0 ? this.#first[unit]! : this.#children[this.#slot(node, unit)]! - 1;
  }

  /** Longest string of the set at `at`. @returns its length, or 0 */
  longest(text: string, at: number): number {
    let node = 0;
    let length = 0;
    for (let i = at; i < text.length; i++) {
      node = this.child(node, text.charCodeAt(i));
      if (node < 0) break;
      if (this.values[node] !== -1) length = i + 1 - at;
    }
    return length;
  }

  #add(node: number, unit: number): number {
    const known = this.child(node, unit);
    if (known >= 0) return known;
    const made = this.#count++;
    if (made >= this.values.length) {
      const larger = new Int32Array(made * 2).fill(-1);
      larger.set(this.values);
      this.values = larger;
    }
    if (node === 0) {
      this.#first[unit] = made;
      return made;
    }
    if (++this.#used * 2 > this.#mask) this.#grow();
    this.#set(node, unit, made);
    return made;
  }

  #set(node: number, unit: number, child: number): void {
    const slot = this.#slot(node, unit);
    this.#keys[2 * slot] = node;
    this.#keys[2 * slot + 1] = unit;
    this.#children[slot] = child + 1; // 0: free
  }

  #slot(node: number, unit: number): number {
    const keys = this.#keys;
    let slot = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (keys[2 * slot] !== -1 && (keys[2 * slot] !== node || keys[2 * slot + 1] !== unit))
      slot = (slot + 1) & this.#mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const children = this.#children;
    const size = (this.#mask + 1) * 2;
    this.#mask = size - 1;
    this.#keys = new Int32Array(size * 2).fill(-1);
    this.#children = new Int32Array(size);
    for (let slot = 0; slot < children.length; slot++)
      if (children[slot] !== 0) this.#set(keys[2 * slot]!, keys[2 * slot + 1]!, children[slot]! - 1);
  }
}
