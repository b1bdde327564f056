/**
 * The n-grams of a text as 32-bit hashes, in one pass and in pieces (rolling hash: Karp & Rabin 1987), and sets of them.
 * A text shorter than n is one n-gram; an empty one has none.
 */
import { classOf, digit, format, ideograph, letter, mark } from '../../text/characters.ts';
import { type FoldMode, folder } from '../../text/fold.ts';
import { mix32 } from '../../text/hash.ts';

/** What n-grams are made of. A Han or kana character is a word of its own. */
export type ShingleUnit = 'character' | 'word';

/** Gets `count` hashes in `hashes`, valid during the call. */
export type HashSink = (hashes: Int32Array, count: number) => void;

/** Gives all n-grams of a text, repeats included, in order. */
export type Shingler = (text: string, sink: HashSink) => void;

export interface ShingleOptions {
  readonly normalize: FoldMode;
  readonly unit: ShingleUnit;
  readonly ngram: number;
}

const multiplier = 0x2c1b3c6d; // odd
const shortSeed = 0x5851f42d;

/** It reuses its buffers: not for nested use. */
export function shingler({ normalize, unit, ngram }: ShingleOptions): Shingler {
  const fold = folder(normalize);
  const roll = roller(ngram);
  if (unit === 'character') {
    return (text, sink) => {
      roll.start(sink);
      fold(text, roll.pushPoints);
      roll.finish();
    };
  }
  const unitsOf = wordUnits();
  return (text, sink) => {
    roll.start(sink);
    unitsOf.start();
    fold(text, (points, count) => {
      const found = unitsOf.push(points, count); // may replace `units`
      roll.push(unitsOf.units, found);
    });
    const found = unitsOf.finish();
    roll.push(unitsOf.units, found);
    roll.finish();
  };
}

/** Code points to hashes of units. `push` and `finish` return how many units they left in `units`. */
interface UnitMaker {
  units: Int32Array;
  start(): void;
  push(points: Int32Array, count: number): number;
  finish(): number;
}

const mixed = new Int32Array(0x10000);
for (let point = 0; point < 0x10000; point++) mixed[point] = mix32(point + 1);

function wordUnits(): UnitMaker {
  let hash = 0;
  let inside = false;
  const maker: UnitMaker = {
    units: new Int32Array(1),
    start() {
      inside = false;
    },
    push(points, count) {
      if (maker.units.length < 2 * count) maker.units = new Int32Array(2 * points.length);
      const { units } = maker;
      let found = 0;
      for (let i = 0; i < count; i++) {
        const point = points[i]!;
        const kind = classOf(point);
        if (kind === letter || kind === digit || kind === mark) {
          hash = Math.imul(inside ? hash : 1, 0x01000193) ^ (point < 0x10000 ? mixed[point]! : mix32(point + 1));
          inside = true;
        } else if (kind === ideograph) {
          if (inside) units[found++] = mix32(hash);
          inside = false;
          units[found++] = mix32(point + 1);
        } else if (inside && kind !== format) {
          units[found++] = mix32(hash);
          inside = false;
        }
      }
      return found;
    },
    finish() {
      if (!inside) return 0;
      maker.units[0] = mix32(hash);
      return 1;
    },
  };
  return maker;
}

function roller(ngram: number) {
  let sink: HashSink;
  let hashes = new Int32Array(0);
  /** The last n units, as a ring. */
  const ring = new Int32Array(ngram);
  let place = 0;
  let total = 0;
  let hash = 0;
  let power = 1; // multiplier ** ngram
  for (let i = 0; i < ngram; i++) power = Math.imul(power, multiplier);
  return {
    start(to: HashSink): void {
      sink = to;
      ring.fill(0);
      place = 0;
      total = 0;
      hash = 0;
    },
    /** Code points, each a unit. */
    pushPoints(points: Int32Array, count: number): void {
      if (hashes.length < count) hashes = new Int32Array(points.length);
      const out = hashes;
      let found = 0;
      let [rolled, at] = [hash, place];
      let missing = ngram - total;
      for (let i = 0; i < count; i++) {
        const point = points[i]!;
        const unit = point < 0x10000 ? mixed[point]! : mix32(point + 1);
        rolled = (Math.imul(rolled, multiplier) + unit - Math.imul(ring[at]!, power)) | 0;
        ring[at] = unit;
        at = at + 1 === ngram ? 0 : at + 1;
        if (--missing <= 0) out[found++] = mix32(rolled);
      }
      [hash, place] = [rolled, at];
      total += count;
      if (found > 0) sink(out, found);
    },
    push(units: Int32Array, count: number): void {
      if (hashes.length < count) hashes = new Int32Array(units.length);
      let found = 0;
      for (let i = 0; i < count; i++) {
        const unit = units[i]!;
        hash = (Math.imul(hash, multiplier) + unit - Math.imul(ring[place]!, power)) | 0;
        ring[place] = unit;
        place = place + 1 === ngram ? 0 : place + 1;
        total++;
        if (total >= ngram) hashes[found++] = mix32(hash);
      }
      if (found > 0) sink(hashes, found);
    },
    finish(): void {
      if (total === 0 || total >= ngram) return;
      if (hashes.length === 0) hashes = new Int32Array(1);
      hashes[0] = mix32(hash ^ Math.imul(total, shortSeed));
      sink(hashes, 1);
    },
  };
}

/** Larger sets are compared by a consistent sample of at least half as many n-grams: an error of about 0.0007. */
const largestSet = 1 << 20;

/**
 * A set of n-grams without order or repeats. Of a very large one only those whose hash ends in `level` zero bits, which
 * is the same choice in every set.
 */
export interface ShingleSet {
  readonly hashes: Int32Array;
  readonly level: number;
}

const sampled = (hash: number, level: number): boolean => (mix32(hash ^ shortSeed) & ((1 << level) - 1)) === 0;

/** A set of 32-bit hashes by open addressing, to be filled again and again. */
export class ShingleTable {
  #slots = new Int32Array(1 << 10);
  #count = 0;
  #level = 0;

  get level(): number {
    return this.#level;
  }

  clear(level = 0): void {
    // A large table for small sets would cost its clearing.
    if (this.#slots.length > 1 << 16 && this.#count * 32 < this.#slots.length) this.#slots = new Int32Array(1 << 10);
    else this.#slots.fill(0);
    this.#count = 0;
    this.#level = level;
  }

  /** Adds the hashes of one piece. */
  add(hashes: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]! || 1; // 0 is an empty slot
      if (this.#level > 0 && !sampled(hash, this.#level)) continue;
      if (this.#insert(hash) && this.#count * 2 > this.#slots.length) this.#grow();
    }
  }

  /** What it holds, copied. */
  toSet(): ShingleSet {
    const hashes = new Int32Array(this.#count);
    let found = 0;
    for (const hash of this.#slots) if (hash !== 0) hashes[found++] = hash;
    return { hashes, level: this.#level };
  }

  /** Fills the table with a set. */
  load({ hashes, level }: ShingleSet): void {
    this.clear(level);
    while (this.#slots.length < hashes.length * 2) this.#slots = new Int32Array(this.#slots.length * 2);
    for (const hash of hashes) this.#insert(hash);
  }

  /** The Jaccard similarity to another set, exact where it is at least `threshold`; less than that otherwise. */
  jaccard(other: ShingleSet, threshold: number): number {
    if (other.level !== this.#level) return levelled(this.toSet(), other, threshold);
    const { hashes } = other;
    if (hashes.length === 0 && this.#count === 0) return 1;
    const total = hashes.length + this.#count;
    // |a∩b| / |a∪b| ≥ t  ⇔  |a∩b| ≥ t/(1+t) · (|a|+|b|)
    const needed = (threshold / (1 + threshold)) * total - 1e-9;
    if (Math.min(hashes.length, this.#count) < needed) return 0;
    const allowed = hashes.length - needed;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let missing = 0;
    for (let i = 0; i < hashes.length; i++) {
      const hash = hashes[i]!;
      let slot = hash & mask;
      while (slots[slot] !== hash && slots[slot] !== 0) slot = (slot + 1) & mask;
      if (slots[slot] === 0 && ++missing > allowed) return 0;
    }
    const common = hashes.length - missing;
    return common / (total - common);
  }

  #insert(hash: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) {
      if (slots[slot] === hash) return false;
      slot = (slot + 1) & mask;
    }
    slots[slot] = hash;
    this.#count++;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    // Every growth is at a power of two, so that the level is a function of the set.
    const length = this.#count > largestSet ? old.length : old.length * 2;
    while (this.#count > largestSet) {
      this.#level++;
      this.#count = 0;
      for (const hash of old) if (hash !== 0 && sampled(hash, this.#level)) this.#count++;
    }
    const level = this.#level;
    this.#slots = new Int32Array(length);
    this.#count = 0;
    for (const hash of old) if (hash !== 0 && (level === 0 || sampled(hash, level))) this.#insert(hash);
  }
}

/** Of sets sampled at two levels: both at the higher one. */
function levelled(a: ShingleSet, b: ShingleSet, threshold: number): number {
  const level = Math.max(a.level, b.level);
  const at = (set: ShingleSet): ShingleSet => ({ hashes: set.hashes.filter((hash) => sampled(hash, level)), level });
  const table = new ShingleTable();
  table.load(at(a));
  return table.jaccard(at(b), threshold);
}

/** The set of a text's n-grams. */
export function shingleSet(text: string, shingle: Shingler, table = new ShingleTable()): ShingleSet {
  table.clear();
  shingle(text, (hashes, count) => table.add(hashes, count));
  return table.toSet();
}
