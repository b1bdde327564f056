/** A text as units with their places and hashes, for finding equal passages by rolling hashes. */
import { codePointAt, isSpace } from './characters.ts';
import { type Fold, folder } from './fold.ts';
import { hash64, mix32 } from './hash.ts';
import { UnitList } from './unit-list.ts';
import { eachWord } from './words.ts';

/**
 * `word`: words, and each other character that is no white space, so that punctuation counts and spacing does not;
 * `folded-word`: words only, compared in the loose form of fold.ts; `character`: code points.
 */
export type TextUnit = 'word' | 'folded-word' | 'character';

/** What the functions below need of a text's units. */
export interface UnitHashes {
  readonly count: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Units of one text; the arrays are longer than `count` and used again. */
export class TextUnits extends UnitList {
  readonly #unit: TextUnit;
  readonly #words = new Uint32Array(2);
  readonly #fold: Fold = folder('loose');

  constructor(unit: TextUnit) {
    super();
    this.#unit = unit;
  }

  read(text: string): void {
    this.count = 0;
    if (this.#unit === 'character') {
      this.#characters(text, 0, text.length, false);
      return;
    }
    if (this.#unit === 'folded-word') {
      eachWord(text, (start, end) => this.#foldedWord(text, start, end));
      return;
    }
    let done = 0;
    eachWord(text, (start, end) => {
      if (start > done) this.#characters(text, done, start, true);
      done = end;
      const only = codePointAt(text, start);
      if (end - start === (only > 0xffff ? 2 : 1)) this.#character(only, start, end);
      else {
        hash64(text, this.#words, 0, start, end);
        this.push(start, end, this.#words[0]!, this.#words[1]!);
      }
    });
    if (done < text.length) this.#characters(text, done, text.length, true);
  }

  #characters(text: string, from: number, to: number, skipSpaces: boolean): void {
    for (let at = from; at < to; ) {
      const point = codePointAt(text, at);
      const next = point > 0xffff ? at + 2 : at + 1;
      if (!skipSpaces || !isSpace(point)) this.#character(point, at, next);
      at = next;
    }
  }

  #foldedWord(text: string, start: number, end: number): void {
    let [low, high] = [1, 2];
    for (let at = start; at < end; at++) {
      let unit = text.charCodeAt(at);
      if (unit > 0x7f) {
        this.#foldedSlowly(text.slice(start, end), start);
        return;
      }
      if (unit >= 0x41 && unit <= 0x5a) unit += 0x20;
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high + unit, 0x2c1b3c6d);
    }
    this.push(start, end, mix32(low), mix32(high));
  }

  #foldedSlowly(word: string, start: number): void {
    let [low, high] = [1, 2];
    this.#fold(word, (points, count) => {
      for (let i = 0; i < count; i++) {
        low = Math.imul(low ^ points[i]!, 0x01000193);
        high = Math.imul(high + points[i]!, 0x2c1b3c6d);
      }
    });
    this.push(start, start + word.length, mix32(low), mix32(high));
  }

  #character(point: number, start: number, end: number): void {
    this.push(start, end, mix32(point + 1), mix32(point ^ 0x5bd1e995));
  }
}

const M1 = 0x2c1b3c6d;
const M2 = 0x297a2d39;
const M3 = 0x165667b1;

/** 96 bits of every run of `length` units, by rolling: calls `each` with its first unit. */
export function eachRun(
  { count, low, high }: UnitHashes,
  length: number,
  from: number,
  to: number,
  each: (start: number, a: number, b: number, c: number) => void,
): void {
  let [p1, p2, p3] = [1, 1, 1];
  for (let i = 0; i < length; i++) {
    p1 = Math.imul(p1, M1);
    p2 = Math.imul(p2, M2);
    p3 = Math.imul(p3, M3);
  }
  let [a, b, c] = [0, 0, 0];
  const end = Math.min(count, to + length - 1);
  for (let i = from; i < end; i++) {
    const [one, two] = [low[i]!, high[i]!];
    const three = mix32(one + Math.imul(two, 3));
    a = (Math.imul(a, M1) + one) | 0;
    b = (Math.imul(b, M2) + two) | 0;
    c = (Math.imul(c, M3) + three) | 0;
    const out = i - length;
    if (out >= from) {
      const [gone, going] = [low[out]!, high[out]!];
      a = (a - Math.imul(gone, p1)) | 0;
      b = (b - Math.imul(going, p2)) | 0;
      c = (c - Math.imul(mix32(gone + Math.imul(going, 3)), p3)) | 0;
    }
    if (out + 1 >= from) each(out + 1, mix32(a), mix32(b), mix32(c));
  }
}

/**
 * Winnowing (Schleimer, Wilkerson & Aiken 2003, §3): of every run of `length` units the least hash of its inner runs of
 * `inner` units, the last of equal ones. Two equal runs choose the same. Calls `each` once for each choice, ascending.
 */
export function eachAnchor(
  units: UnitHashes,
  { length, inner }: { length: number; inner: number },
  each: (start: number, a: number, b: number) => void,
): void {
  const window = length - inner + 1;
  // A queue of rising hashes; its head is the least of the window.
  const places = new Int32Array(window + 1);
  const firsts = new Int32Array(window + 1);
  const seconds = new Int32Array(window + 1);
  const size = window + 1;
  let head = 0;
  let held = 0;
  let chosen = -1;
  eachRun(units, inner, 0, units.count, (start, a, b) => {
    while (held > 0) {
      const last = (head + held - 1) % size;
      if (firsts[last]! < a || (firsts[last] === a && seconds[last]! < b)) break;
      held--;
    }
    const at = (head + held) % size;
    places[at] = start;
    firsts[at] = a;
    seconds[at] = b;
    held++;
    if (places[head]! <= start - window) {
      head = (head + 1) % size;
      held--;
    }
    if (start < window - 1 || places[head] === chosen) return;
    chosen = places[head]!;
    each(chosen, firsts[head]!, seconds[head]!);
  });
}
