/**
 * The words of a corpus as one array of symbols in which merging happens: a merged pair leaves its new id at the left
 * place and a hole at the right one, so that places do not move, and neighbours are found by walking over holes.
 */

/** What is left of a symbol that went into the one before it. */
const hole = -1;
/** The wall behind a word is `smallestWall - count`, so that whoever stands at it knows how often the word occurs. */
const smallestWall = -2;
/** The wall of a word that occurs more often than that, or is none. */
const bigWall = -(2 ** 31);

/** One word number is kept for every 2^blockBits places. */
const blockBits = 4;
/** How many places to look for the wall before asking which word it is. */
const wallWalk = 32;

export class MergeWords {
  /** The symbol at each place: an id, or negative: a hole or a wall. Begins with a wall. */
  readonly symbols: Int32Array;
  /** Number of words. */
  length = 0;
  readonly #counts: Float64Array;
  /** Where word w has its wall; it begins behind the wall of the word before it. */
  readonly #walls: Int32Array;
  /** The first word whose wall is not before the block's first place. */
  readonly #wordOfBlock: Int32Array;

  /** Words without a pair are left out. Word w is `ids[starts[w], starts[w + 1])`. */
  constructor(ids: Int32Array, starts: Int32Array, counts: Float64Array) {
    let words = 0;
    let places = 1;
    for (let w = 0; w < counts.length; w++) {
      const length = starts[w + 1]! - starts[w]!;
      if (length < 2 || !(counts[w]! > 0)) continue;
      words++;
      places += length + 1;
    }
    this.symbols = new Int32Array(places);
    this.#counts = new Float64Array(words);
    this.#walls = new Int32Array(words);
    this.#wordOfBlock = new Int32Array((places >> blockBits) + 1);
    this.symbols[0] = bigWall;
    let at = 1;
    for (let w = 0; w < counts.length; w++) {
      const length = starts[w + 1]! - starts[w]!;
      if (length < 2 || !(counts[w]! > 0)) continue;
      this.symbols.set(ids.subarray(starts[w], starts[w + 1]), at);
      at += length;
      this.#endWord(at++, counts[w]!);
    }
  }

  /** Drops holes and the words that have no pair any more: places change, their number falls. */
  compact(): void {
    const { symbols } = this;
    const words = this.length;
    let at = 1;
    let from = 1;
    this.length = 0;
    for (let w = 0; w < words; w++) {
      const start = at;
      const end = this.#walls[w]!;
      for (; from < end; from++) if (symbols[from]! >= 0) symbols[at++] = symbols[from]!;
      from++;
      if (at - start < 2) at = start;
      else this.#endWord(at++, this.#counts[w]!);
    }
  }

  /** Where word w begins. */
  start(word: number): number {
    return word === 0 ? 1 : this.#walls[word - 1]! + 1;
  }

  count(word: number): number {
    return this.#counts[word]!;
  }

  /** The word that a place lies in. */
  wordAt(place: number): number {
    let word = this.#wordOfBlock[place >> blockBits]!;
    while (this.#walls[word]! < place) word++;
    return word;
  }

  /** How often the word occurs that a place lies in. */
  countAt(place: number): number {
    const { symbols } = this;
    for (let at = place; at < place + wallWalk; at++) {
      const wall = symbols[at]!;
      if (wall > smallestWall) continue;
      if (wall !== bigWall) return smallestWall - wall;
      break;
    }
    return this.#counts[this.wordAt(place)]!;
  }

  /** The place of the symbol or wall behind the one at `place`. */
  next(place: number): number {
    const { symbols } = this;
    let at = place + 1;
    while (symbols[at] === hole) at++;
    return at;
  }

  /** The place of the symbol or wall before the one at `place`. */
  previous(place: number): number {
    const { symbols } = this;
    let at = place - 1;
    while (symbols[at] === hole) at--;
    return at;
  }

  /** Puts `id` in the place of the two symbols at `left` and `right`. */
  join(left: number, right: number, id: number): void {
    this.symbols[left] = id;
    this.symbols[right] = hole;
  }

  #endWord(wall: number, count: number): void {
    const word = this.length++;
    const fits = Number.isInteger(count) && smallestWall - count > bigWall;
    this.symbols[wall] = fits ? smallestWall - count : bigWall;
    this.#walls[word] = wall;
    this.#counts[word] = count;
    const before = word === 0 ? -1 : this.#walls[word - 1]! >> blockBits;
    for (let block = before + 1; block <= wall >> blockBits; block++) this.#wordOfBlock[block] = word;
  }
}
