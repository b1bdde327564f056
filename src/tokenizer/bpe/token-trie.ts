/**
 * All tokens as a double-array trie over their bytes (Aoe 1989): the longest token at a place in one walk of two array
 * reads a byte. Knows bytes and ids.
 */
import type { TokenBytes } from './token-bytes.ts';

export class TokenTrie {
  /** Pairs by slot: [parent slot, base · 2 + (1 if a token ends here)]; the child by byte b is in slot base + b. */
  #units: Int32Array;
  /** Token that ends in the slot. */
  #tokens: Int32Array;
  readonly #source: TokenBytes;
  /** By number of children: where the last search that was long found room. */
  readonly #room = new Int32Array(12);
  /** Longest proper prefix that is a token: -1 none, -2 not looked up yet. */
  readonly #prefix: Int32Array;

  /** @param isIn whether the token is in the trie; tokens without bytes never are */
  constructor(tokens: TokenBytes, isIn: (id: number) => boolean) {
    this.#source = tokens;
    this.#prefix = new Int32Array(tokens.count).fill(-2);
    const draft = new Draft(tokens, isIn);
    const capacity = 1024 + Math.floor(draft.size * 1.3);
    this.#units = new Int32Array(capacity * 2).fill(-1);
    this.#tokens = new Int32Array(capacity).fill(-1);
    this.#place(draft);
  }

  /** The longest token that begins at `from` and ends by `to`, or -1. */
  longest(bytes: Uint8Array, from: number, to: number): number {
    const units = this.#units;
    let slot = 0;
    let base = units[1]! >> 1;
    let found = -1;
    for (let at = from; at < to; at++) {
      const child = base + bytes[at]!;
      if (units[child << 1] !== slot) break;
      slot = child;
      const unit = units[(child << 1) | 1]!;
      if ((unit & 1) === 1) found = child;
      base = unit >> 1;
    }
    return found < 0 ? -1 : this.#tokens[found]!;
  }

  /** The longest token that is a proper prefix of the token, or -1. */
  prefix(id: number): number {
    const known = this.#prefix[id]!;
    if (known !== -2) return known;
    const { bytes, starts } = this.#source;
    const found = this.longest(bytes, starts[id]!, starts[id + 1]! - 1);
    this.#prefix[id] = found;
    return found;
  }

  /** Gives every node of the draft a slot, breadth first. */
  #place(draft: Draft): void {
    const slots = new Int32Array(draft.size);
    const labels: number[] = [];
    let free = 1; // every slot below is taken
    const order = [0];
    this.#units[0] = 0;
    for (let next = 0; next < order.length; next++) {
      const node = order[next]!;
      const slot = slots[node]!;
      labels.length = 0;
      for (let child = draft.child[node]!; child >= 0; child = draft.sibling[child]!) {
        labels.push(draft.label[child]!);
        order.push(child);
      }
      const token = draft.token[node]!;
      if (token >= 0) this.#tokens[slot] = token;
      while (this.#taken(free)) free++;
      const base = labels.length === 0 ? 0 : this.#findBase(labels, free);
      this.#units[(slot << 1) | 1] = base * 2 + (token >= 0 ? 1 : 0);
      for (let child = draft.child[node]!; child >= 0; child = draft.sibling[child]!) {
        const at = base + draft.label[child]!;
        this.#units[at << 1] = slot;
        slots[child] = at;
      }
    }
  }

  #taken(slot: number): boolean {
    this.#reserve(slot);
    return this.#units[slot << 1] !== -1;
  }

  #reserve(slot: number): void {
    const size = this.#tokens.length;
    if (slot + 256 < size) return;
    const units = new Int32Array(size * 4).fill(-1);
    units.set(this.#units);
    const tokens = new Int32Array(size * 2).fill(-1);
    tokens.set(this.#tokens);
    [this.#units, this.#tokens] = [units, tokens];
  }

  /**
   * A base under which every label's slot is free. Nodes of many children look where such nodes last found room, and
   * the search strides on when it gets long: gaps are cheaper than a slow start.
   */
  #findBase(labels: readonly number[], free: number): number {
    let least = 255;
    for (const label of labels) least = Math.min(least, label);
    const kind = Math.min(labels.length, this.#room.length - 1);
    let slot = Math.max(kind === 1 ? free : this.#room[kind]!, free, least + 1);
    for (let tries = 0; ; tries++, slot += tries < 64 ? 1 : 32) {
      const base = slot - least;
      this.#reserve(base + 255);
      let clash = false;
      for (const label of labels) if (this.#units[(base + label) << 1] !== -1) clash = true;
      if (clash) continue;
      if (tries > 8) this.#room[kind] = slot;
      return base;
    }
  }
}

/** The trie as it grows: children in lists, found through a hash table of (node, byte). */
class Draft {
  size = 1;
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly label: Uint8Array;
  readonly token: Int32Array;
  readonly #mask: number;
  /** Pairs by slot: [node · 256 + byte + 1, child]. */
  readonly #edges: Int32Array;

  constructor(tokens: TokenBytes, isIn: (id: number) => boolean) {
    const capacity = tokens.bytes.length + 1;
    let slots = 16;
    while (slots < capacity * 1.5) slots *= 2;
    this.#mask = slots - 1;
    this.#edges = new Int32Array(slots * 2);
    this.child = new Int32Array(capacity).fill(-1);
    this.sibling = new Int32Array(capacity).fill(-1);
    this.label = new Uint8Array(capacity);
    this.token = new Int32Array(capacity).fill(-1);
    for (let id = 0; id < tokens.count; id++) if (tokens.length(id) > 0 && isIn(id)) this.#insert(id, tokens);
  }

  #insert(id: number, { bytes, starts }: TokenBytes): void {
    const edges = this.#edges;
    const end = starts[id + 1]!;
    let node = 0;
    for (let i = starts[id]!; i < end; i++) {
      const edge = node * 256 + bytes[i]! + 1;
      let slot = Math.imul(edge, 0x9e3779b1);
      slot = (slot ^ (slot >>> 15)) & this.#mask;
      while (edges[slot << 1] !== edge) {
        if (edges[slot << 1] === 0) {
          edges[slot << 1] = edge;
          edges[(slot << 1) | 1] = this.#addChild(node, bytes[i]!);
          break;
        }
        slot = (slot + 1) & this.#mask;
      }
      node = edges[(slot << 1) | 1]!;
    }
    this.token[node] = id;
  }

  #addChild(node: number, byte: number): number {
    const added = this.size++;
    this.label[added] = byte;
    this.sibling[added] = this.child[node]!;
    this.child[node] = added;
    return added;
  }
}
