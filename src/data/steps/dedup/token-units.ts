/**
 * A text as the tokens of a tokenizer, with their places and hashes: the units that Lee et al. 2022 count in.
 * Tokens of bytes are placed by adding up their lengths; where a tokenizer changes the text, its own offsets say where a
 * token came from. A token that holds a part of a character covers it as a whole, so neighbours may overlap.
 */
import type { Tokenizer } from '../../../tokenizer/index.ts';
import { codePointAt } from '../../text/characters.ts';
import { mix32 } from '../../text/hash.ts';
import { plainText } from '../../text/step-tokenizer.ts';
import { UnitList } from '../../text/unit-list.ts';

/** Longer texts are encoded in parts, so that memory is bounded. In UTF-16 units. */
const partLength = 1 << 16;

export class TokenUnits extends UnitList {
  readonly #tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer) {
    super();
    this.#tokenizer = tokenizer;
  }

  read(text: string): void {
    this.count = 0;
    for (let from = 0; from < text.length; ) {
      const to = partEnd(text, from);
      this.#part(from === 0 && to === text.length ? text : text.slice(from, to), from);
      from = to;
    }
  }

  #part(text: string, from: number): void {
    const tokenizer = this.#tokenizer;
    const ids = tokenizer.encode(text, plainText);
    const first = this.count;
    let bytes = 0;
    let [at, begun] = [0, 0]; // place in UTF-16 units, and the bytes before it
    for (const id of ids) {
      const end = bytes + tokenizer.byteLength(id);
      const start = at;
      let next = at;
      while (begun < end && at < text.length) {
        const point = codePointAt(text, at);
        next = at + (point > 0xffff ? 2 : 1);
        const length = utf8Length(point);
        if (begun + length > end) break; // ends inside this character
        begun += length;
        at = next;
      }
      this.#token(id, from + start, from + Math.max(at, next));
      bytes = end;
    }
    if (at === text.length && begun === bytes && tokenizer.decode(ids) === text) return;
    this.count = first;
    const full = tokenizer.encodeFull(text, { ...plainText, truncation: null });
    let last = 0;
    for (const [i, id] of full.ids.entries()) {
      const [start, end] = full.offsets[i]!;
      last = Math.max(last, start);
      this.#token(id, from + last, from + Math.max(last, end));
    }
  }

  #token(id: number, start: number, end: number): void {
    this.push(start, end, mix32(id + 1), mix32(id ^ 0x5bd1e995));
  }
}

/** Behind the last line end in reach, else behind the last space, so that parts of equal texts are tokens alike. */
function partEnd(text: string, from: number): number {
  const most = from + partLength;
  if (most >= text.length) return text.length;
  for (const mark of ['\n', ' ']) {
    const place = text.lastIndexOf(mark, most - 1);
    if (place > from + partLength / 2) return mark === '\n' ? place + 1 : place;
  }
  const unit = text.charCodeAt(most);
  return unit >= 0xdc00 && unit <= 0xdfff ? most - 1 : most;
}

/** A lone surrogate is encoded as U+FFFD. */
function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
