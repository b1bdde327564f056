/**
 * The n-grams of a training text while they are counted: a trie of words, each node with a link to the node of its
 * n-gram without the first word. All shorter n-grams of what is counted are there too. Knows nothing of probabilities.
 */
import { AthanorError } from '../../core/index.ts';

/**
 * What an n-gram takes where the training takes most, while the sorted arrays are made: 42 of counts (21, and as much of
 * room to grow), 17 of probabilities, 8 of places, 28 of sorting, 16 of the arrays.
 */
export const bytesPerNode = 112;

export class CountTrie {
  /** Nodes in all; node 0 is the empty n-gram. A node's parent and suffix have smaller numbers. */
  count = 1;
  parent = new Int32Array(1024);
  word = new Int32Array(1024);
  suffix = new Int32Array(1024);
  order = new Uint8Array(1024);
  /** How often the n-gram was seen. */
  raw = new Uint32Array(1024);
  /** How many different words were seen before it; for n-grams of full length, or at a line's begin, = raw. */
  adjusted = new Uint32Array(1024);
  #slots = new Int32Array(4096);
  #mask = 4095;
  readonly #memoryBytes: number;
  /** Memory of things outside, which leaves less for n-grams. */
  #charged = 0;

  /** @param memoryBytes for the whole training */
  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  charge(bytes: number): void {
    this.#charged += bytes;
  }

  /** The hash table is for counting only. Afterwards nothing can be found or added. */
  close(): void {
    this.#slots = new Int32Array(0);
  }

  find(parent: number, word: number): number {
    let slot = hash(parent, word) & this.#mask;
    for (let node = this.#slots[slot]!; node !== 0; node = this.#slots[slot]!) {
      if (this.parent[node] === parent && this.word[node] === word) return node;
      slot = (slot + 1) & this.#mask;
    }
    return 0;
  }

  /**
   * Counts a line, its marks of begin and end included.
   * @throws AthanorError('bad-input') when there are more n-grams than memory was granted for
   */
  add(line: ArrayLike<number>, longest: number): void {
    // nodes[k]: the n-gram of the k words before this place
    const nodes = new Int32Array(longest + 1);
    let before = 1;
    for (let at = 0; at < line.length; at++) {
      const word = line[at]!;
      const length = Math.min(longest, at + 1);
      // From long to short what was there; then from short to long what is new, for links lead to shorter ones.
      const found = new Int32Array(length + 1);
      for (let k = 1; k <= length; k++) {
        let node = this.find(nodes[k - 1]!, word);
        if (node === 0) {
          node = this.#create(nodes[k - 1]!, word, found[k - 1]!, k);
          if (k > 1) this.adjusted[found[k - 1]!]!++;
        }
        this.raw[node]!++;
        found[k] = node;
      }
      const whole = found[length]!;
      if (length === longest || length === at + 1) this.adjusted[whole]!++;
      before = length;
      for (let k = 1; k <= before; k++) nodes[k] = found[k]!;
    }
  }

  #create(parent: number, word: number, suffix: number, order: number): number {
    const node = this.count++;
    if (node * bytesPerNode + this.#charged > this.#memoryBytes)
      throw new AthanorError(
        'bad-input',
        `more than ${node} different n-grams, as many as fit into ${Math.floor(this.#memoryBytes / 2 ** 20)} MiB`,
        {
          hint: 'Take a smaller order, a higher `min_count`, or less text, or grant more memory (`--memory-mb`).',
          values: { ngrams: node, memory_bytes: this.#memoryBytes },
        },
      );
    if (node === this.parent.length) this.#grow();
    this.parent[node] = parent;
    this.word[node] = word;
    this.suffix[node] = suffix;
    this.order[node] = order;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    else this.#place(node);
    return node;
  }

  #place(node: number): void {
    let slot = hash(this.parent[node]!, this.word[node]!) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = node;
  }

  #rehash(): void {
    const length = this.#slots.length * 2;
    this.#mask = length - 1;
    this.#slots = new Int32Array(length);
    for (let node = 1; node < this.count; node++) this.#place(node);
  }

  #grow(): void {
    const length = this.parent.length * 2;
    const larger = <Column extends Int32Array | Uint32Array | Uint8Array>(old: Column, column: Column): Column => {
      column.set(old);
      return column;
    };
    this.parent = larger(this.parent, new Int32Array(length));
    this.word = larger(this.word, new Int32Array(length));
    this.suffix = larger(this.suffix, new Int32Array(length));
    this.order = larger(this.order, new Uint8Array(length));
    this.raw = larger(this.raw, new Uint32Array(length));
    this.adjusted = larger(this.adjusted, new Uint32Array(length));
  }
}

function hash(parent: number, word: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(word, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
